"""A verdict with its ratings and comment."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from authoring.forms.pair import TextField
from authoring.models import Review
from authoring.rubric import CRITERIA

SCALE = [(str(number), str(number)) for number in range(1, 6)]


class ReviewForm(forms.Form):
    revision = forms.IntegerField(widget=forms.HiddenInput)
    verdict = forms.CharField(required=False)
    comment = TextField(label=_("Comment"), rows=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, question in CRITERIA.items():
            self.fields[f"rating_{name}"] = forms.ChoiceField(
                label=question, choices=SCALE, required=False, widget=forms.RadioSelect
            )

    @property
    def ratings(self) -> dict[str, int]:
        given = {name: self.cleaned_data[f"rating_{name}"] for name in CRITERIA}
        return {name: int(value) for name, value in given.items() if value}

    @property
    def rating_fields(self) -> list[forms.BoundField]:
        return [self[f"rating_{name}"] for name in CRITERIA]


def initial_of(review: Review) -> dict[str, Any]:
    ratings = {f"rating_{name}": str(value) for name, value in review.ratings.items()}
    return ratings | {"verdict": review.verdict, "comment": review.comment}
