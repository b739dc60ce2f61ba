"""What goes into scoring and what comes out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.records import Record


@dataclass(frozen=True)
class Answer:
    """One output for one record, as `predict` gave it. `ended` is stop, length or error."""

    record: Record
    output: str
    ended: str = "stop"
    label_logprobs: Mapping[str, float] | None = None
    """Of a classifier: what it gave each of its labels, in nats."""


def clusters(answers: Sequence[Answer]) -> list[int] | None:
    """The pair of each answer where a pair occurs twice; None where every answer is its own."""
    pairs = [one.record.pair for one in answers]
    return pairs if len(set(pairs)) < len(pairs) else None


@dataclass(frozen=True)
class Score:
    """One metric value with all that is needed to read it.

    `value` is None where the metric is undefined: settings["why"] says why. `low` and `high` are
    None where the data can't give an interval (one row, or all rows alike).
    `slice` is "" for the whole split, else such as `label:LOC` or `language:zh`.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    settings: dict[str, Any] = field(default_factory=dict)
    slice: str = ""


@dataclass(frozen=True)
class Comparison:
    """Second minus first on the same records; `test` names where p comes from."""

    name: str
    first: float
    second: float
    delta: float
    low: float | None
    high: float | None
    p: float
    test: str
    n: int
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def ci95(self) -> tuple[float | None, float | None]:
        return self.low, self.high
