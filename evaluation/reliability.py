"""The reliability diagram: how often a classifier is right, by how sure it was of its answer.

The scorer keeps the bins with the calibration error that they add up to; here they get their places
in a drawing, which the template makes an SVG, without a script.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from evaluation.models import Evaluation, Score

LEFT, TOP, SIDE = 44, 12, 280
"""Pixels: beside the square, above it, and of it."""
STRIP, BELOW = 40, 12
"""Height of the strip of counts, and between the square and it."""
LARGEST, SMALLEST = 9.0, 3.0
"""Radius of the fullest bin's dot, and the least."""
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


class Mark(NamedTuple):
    """One bin with answers: a dot with its interval, the gap to the diagonal, a column of the strip."""

    x: float
    y: float
    radius: float
    ideal: float
    """Where the dot would be if the model knew how sure to be."""
    low: float
    high: float
    column: float
    width: float
    top: float
    height: float
    bin: dict[str, Any]


class Tick(NamedTuple):
    x: float
    y: float
    label: str


class Diagram(NamedTuple):
    left: int
    top: int
    right: int
    bottom: int
    floor: int
    """Where the columns of the strip stand."""
    width: int
    height: int
    middle: float
    level: float
    """The middle of the square, across and up: where the axes' names stand."""
    marks: list[Mark]
    ticks: list[Tick]
    bins: list[dict[str, Any]]
    """Those with answers, as the table has them: {start, end, n, confidence, accuracy, low, high}."""


class Reliability(NamedTuple):
    """One classification task's, as REST tells it."""

    task: str
    """Its slug, empty where the split holds one task alone."""
    score: Score
    bins: list[dict[str, Any]]


def reliabilities(evaluation: Evaluation) -> Iterator[Reliability]:
    """One for each classification task that was answered with probabilities."""
    for score in evaluation.scores.filter(metric="ece").order_by("slice"):
        yield Reliability(score.slice.removeprefix("task:"), score, score.settings["bins"])


def diagram(score: Score) -> Diagram:
    """`score` is a calibration error as the scorer stored it."""
    bins = [one for one in score.settings["bins"] if one["n"]]
    most = max((one["n"] for one in bins), default=1)
    bottom = TOP + SIDE
    return Diagram(
        left=LEFT,
        top=TOP,
        right=LEFT + SIDE,
        bottom=bottom,
        floor=bottom + BELOW + STRIP,
        width=LEFT + SIDE + 12,
        height=bottom + BELOW + STRIP + 38,
        middle=LEFT + SIDE / 2,
        level=TOP + SIDE / 2,
        marks=[_mark(one, most) for one in bins],
        ticks=[Tick(_x(one), _y(one), f"{one:.1f}") for one in TICKS],
        bins=bins,
    )


def _mark(one: dict[str, Any], most: int) -> Mark:
    share = one["n"] / most
    floor, height = TOP + SIDE + BELOW + STRIP, round(max(1.0, STRIP * share), 1)
    return Mark(
        x=_x(one["confidence"]),
        y=_y(one["accuracy"]),
        radius=round(max(SMALLEST, LARGEST * share**0.5), 1),
        ideal=_y(one["confidence"]),
        low=_y(one["low"]),
        high=_y(one["high"]),
        column=_x(one["start"]) + 1,
        width=round(SIDE * (one["end"] - one["start"]) - 2, 1),
        top=floor - height,
        height=height,
        bin=one,
    )


def _x(share: float) -> float:
    return round(LEFT + SIDE * share, 1)


def _y(share: float) -> float:
    return round(TOP + SIDE * (1 - share), 1)
