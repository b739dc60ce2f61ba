"""A sentence for people, kept apart: its words, which translations are known by, and what it is about.

    _("the %(split)s split is empty", split="train")

It is a string, the English sentence, wherever a string is wanted. `parts` is what is written down, so
that whoever reads it later can be told in their own language: the studio does that (`authoring.words`),
the engine speaks English. Catalogues are made of what stands in `_("…")` here as everywhere. Light.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Self


class Words(str):
    """`str(it)` is the sentence with its values in place; `sentence` has %(places)s, as gettext's have."""

    __slots__ = ("sentence", "values")
    sentence: str
    values: Mapping[str, Any]
    """What the places stand for: numbers, texts that nobody translates, other `Words`."""

    def __new__(cls, sentence: str, /, **values: Any) -> Self:
        values = {name: _plain(value) for name, value in values.items()}
        return cls.said(sentence % values if values else sentence, sentence, values)

    @classmethod
    def said(cls, text: str, sentence: str, values: Mapping[str, Any]) -> Self:
        """The sentence as `text` says it, in whatever language."""
        self = super().__new__(cls, text)
        self.sentence, self.values = sentence, values
        return self

    @classmethod
    def of(cls, stored: Any) -> Self:
        """From `parts`, or from a text of which nothing more is known."""
        if not isinstance(stored, Mapping):
            return cls("" if stored is None else str(stored))
        values = {
            name: cls.of(value) if isinstance(value, Mapping) else value
            for name, value in stored["values"].items()
        }
        return cls(stored["words"], **values)

    def parts(self) -> dict[str, Any]:
        """For JSON: {"words": …, "values": {…}}."""
        values = {
            name: value.parts() if isinstance(value, Words) else value
            for name, value in self.values.items()
        }
        return {"words": self.sentence, "values": values}


_ = Words


def listed(found: Mapping[str, Words]) -> Words:
    """`name: words; name: words`, each name as it is."""
    values: dict[str, Any] = {}
    for at, (name, words) in enumerate(found.items()):
        values |= {f"name{at}": name, f"words{at}": words}
    places = (f"%(name{at})s: %(words{at})s" for at in range(len(found)))
    return Words("; ".join(places), **values)


def _plain(value: Any) -> Words | float | str:
    """As JSON can hold it; an exception would keep its frames, and their tensors, alive."""
    if isinstance(value, Words) or (isinstance(value, int | float) and math.isfinite(value)):
        return value
    return str(value)
