"""/gallery/: every component in every state, to look at and to test."""

import math
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from authoring.states import ImportState, PairState
from training.states import JobState

OLD = "Classify the customer's message. Answer with one of the labels, nothing else."
NEW = "Classify the customer's message into exactly one label. Answer with the label alone, nothing else."
OLD_ZH = "请把下面的顾客留言分类,只回答标签。"
NEW_ZH = "请把下面这条顾客留言归入一个标签,只回答标签本身。"


class SampleForm(forms.Form):
    title = forms.CharField(help_text="What a colleague would look for.")
    label = forms.ChoiceField(
        choices=[("refund", "refund_request"), ("card", "card_lost"), ("other", "other")]
    )
    response = forms.CharField(widget=forms.Textarea, required=False)
    code = forms.CharField(
        widget=forms.Textarea, required=False, initial="def add(a, b):\n    return a + b"
    )
    rating = forms.ChoiceField(
        widget=forms.RadioSelect,
        choices=[("1", "weak"), ("2", "fair"), ("3", "good")],
        help_text="Would you learn from it?",
    )
    tags = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        required=False,
        choices=[("near", "near miss"), ("short", "short")],
    )
    sure = forms.BooleanField(
        label="I wrote this myself", help_text="Or it is under a licence named above."
    )
    file = forms.FileField(required=False, help_text="JSON Lines, CSV or Parquet, up to 200 MB.")


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    if not (settings.DEBUG or request.user.is_authenticated):
        return redirect(settings.LOGIN_URL)
    refused = SampleForm({"title": "", "label": "none", "rating": "", "response": "Refund request"})
    refused.is_valid()
    return render(
        request,
        "gallery.html",
        {
            "form": SampleForm(),
            "refused": refused,
            "old": OLD,
            "new": NEW,
            "old_zh": OLD_ZH,
            "new_zh": NEW_ZH,
            "pair_states": PairState.choices,
            "import_states": ImportState.choices,
            "job_states": JobState.choices,
            "page": Paginator(range(137), 25).page(2),
            "curves": curves(),
            "live_curve": curves(count=1),
            "no_points": {"series": []},
            "spark": [2.3, 1.9, 1.7, 1.72, 1.4, 1.21, 1.3, 1.05, 0.98, 0.97],
            "labels": LABELS,
            "matrix": matrix(),
            "rows": ROWS,
            "tabs": TABS,
            "lineage": LINEAGE,
            "swatches": SWATCHES,
            "charts": range(1, 9),
        },
    )


def curves(count: int = 3) -> dict[str, Any]:
    """Lines as a run would give them."""
    names = ["SFT, rank 16", "SFT, rank 4", "GRPO from SFT", "full weights"][:count]
    series = []
    for i, name in enumerate(names):
        points = [
            [
                x,
                round(
                    0.25
                    + (0.62 - 0.07 * i) * (1 - math.exp(-x / (90 + 40 * i)))
                    + 0.012 * math.sin(x / 9 + i),
                    4,
                ),
            ]
            for x in range(0, 401, 20)
        ]
        width = 0.035
        series.append(
            {
                "name": name,
                "points": points,
                "low": [round(y - width, 4) for _, y in points] if i == 0 else [],
                "high": [round(y + width, 4) for _, y in points] if i == 0 else [],
            }
        )
    return {"x": "step", "y": "macro F1", "series": series}


def matrix() -> list[dict[str, Any]]:
    counts = [
        [46, 2, 0, 1, 1],
        [3, 41, 4, 0, 2],
        [0, 5, 38, 6, 1],
        [1, 0, 7, 40, 2],
        [2, 3, 0, 2, 43],
    ]
    return [
        {"label": LABELS[i], "cells": [{"n": n, "right": i == j} for j, n in enumerate(row)]}
        for i, row in enumerate(counts)
    ]


LABELS = ["refund_request", "card_lost", "card_delivery", "card_blocked", "other"]
ROWS = [
    {
        "id": 214,
        "text": "My card was swallowed by the machine at the airport and I fly home tonight. What now?",
        "state": "submitted",
        "label": "awaiting review",
        "score": 0.912,
        "best": False,
    },
    {
        "id": 209,
        "text": "上周退的那双鞋,钱怎么还没到账?我已经问过两次了。",
        "state": "approved",
        "label": "approved",
        "score": 0.968,
        "best": True,
    },
    {
        "id": 203,
        "text": "Write a function that returns the second largest number of a list, or None when there is none.",
        "state": "changes_requested",
        "label": "changes requested",
        "score": None,
        "best": False,
    },
    {
        "id": 198,
        "text": "Explain to a twelve-year-old why the moon does not fall down.",
        "state": "draft",
        "label": "draft",
        "score": 0.731,
        "best": False,
    },
]
TABS = [
    {"label": "Progress", "url": "#", "active": True},
    {"label": "Samples", "url": "#", "count": 12},
    {"label": "Checkpoints", "url": "#", "count": 4},
    {"label": "Log", "url": "#"},
]
LINEAGE = [
    {"kind": "snapshot", "label": "intents-3", "url": "#"},
    {"kind": "run", "label": "12", "url": "#"},
    {"kind": "checkpoint", "label": "step 320", "url": "#"},
    {"kind": "evaluation", "label": "test split", "url": "#"},
]
SWATCHES = [
    "page",
    "sheet",
    "sunken",
    "pressed",
    "rule",
    "rule-strong",
    "control-rule",
    "text",
    "text-soft",
    "text-faint",
    "accent",
    "accent-wash",
    "ok",
    "ok-wash",
    "warn",
    "warn-wash",
    "bad",
    "bad-wash",
]
