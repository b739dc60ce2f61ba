"""A project with something on every page, made over REST: pairs, reviews, a snapshot, a run, scores."""

from pathlib import Path
from typing import Any, NamedTuple

from instructstudio.client import Client
from instructstudio.demo.story import evaluated, join, train
from instructstudio.demo.studio import Studio

MAIL = Path(__file__).parent / "desk_mail.jsonl"
LABELS = ["renew", "opening_hours", "reserve"]
INSTRUCTION = "What does this letter to the library's desk ask for? Answer with one label."
GUIDELINES = """## What counts

One label a letter: what its writer wants **done**, not what it is about.

- `renew`: keep something that is already at home
- `reserve`: get something that is not at home yet
- `opening_hours`: anything about when, even when a book is named
"""
QUICK = {"tuning": "full", "epochs": 2, "batch_size": 8, "validation_rows": 4, "threads": 1}
"""Settings with which the nano model takes seconds."""
PATIENCE = 600
"""Seconds after which an import hangs."""


class Desk(NamedTuple):
    """What was made, by its ids."""

    slug: str
    waiting: dict[str, Any]
    imported: dict[str, Any]
    snapshot: dict[str, Any]
    run: dict[str, Any]
    evaluations: list[dict[str, Any]]


def make(studio: Studio) -> Desk:
    """Olga's project; the mail is Ada's, and Rui approved all of it but one letter that waits."""
    olga = studio.person("owner@studio.local")
    slug = olga.post("projects/", name="Desk", description="Letters to a desk.")["slug"]
    ada = join(studio, olga, slug, "ada@desk.example", "author")
    rui = join(studio, olga, slug, "rui@desk.example", "reviewer")
    olga.post(
        f"projects/{slug}/tasks/",
        name="Desk mail",
        kind="classification",
        labels=LABELS,
        instruction=INSTRUCTION,
        guidelines=GUIDELINES,
    )
    imported = _imports(ada, slug)
    rui.post(f"imports/{imported['id']}/approval/")
    waiting = _submits(ada, slug, "Which evening is the late one?", "opening_hours")
    snapshot = olga.post(
        f"projects/{slug}/snapshots/",
        fractions={"train": 0.6, "validation": 0.1, "test": 0.3},
    )
    nano = next(one for one in olga.pages("base-models/") if one["source"] == "scratch")
    run = train(
        olga,
        slug,
        print,
        method="sft",
        snapshot=snapshot["id"],
        base_model=nano["id"],
        settings=QUICK,
    )
    evaluated(olga, slug, print)
    evaluations = list(olga.pages("evaluations/", project=slug))
    return Desk(slug, waiting, imported, snapshot, run, evaluations)


def _imports(ada: Client, slug: str) -> Any:
    came = ada.upload(f"projects/{slug}/imports/", MAIL, task="desk-mail")
    ada.wait(f"imports/{came['id']}/", lambda one: one["state"] == "checked", seconds=PATIENCE)
    ada.post(f"imports/{came['id']}/commit/")
    return ada.wait(
        f"imports/{came['id']}/", lambda one: one["state"] == "committed", seconds=PATIENCE
    )


def _submits(ada: Client, slug: str, letter: str, label: str) -> Any:
    wrote = ada.post(
        f"projects/{slug}/pairs/",
        task="desk-mail",
        instruction=INSTRUCTION,
        input=letter,
        response=label,
    )
    return ada.post(f"pairs/{wrote['pair']['id']}/submission/")
