"""Coordinates for the small SVG drawings of the templates: no style attribute, so no CSP hole."""

from collections.abc import Sequence
from typing import NamedTuple


class IntervalMarks(NamedTuple):
    """Where value, interval and base stand on a line 100 wide."""

    point: float
    low: float | None
    high: float | None
    base: float | None


def interval_marks(
    value: float,
    low: float | None,
    high: float | None,
    base: float | None,
    start: float = 0.0,
    end: float = 1.0,
) -> IntervalMarks:
    """Scale to 0–100; what lies outside `start`–`end` is drawn at the edge."""

    def place(number: float) -> float:
        return round(100 * min(1.0, max(0.0, (number - start) / (end - start))), 2)

    return IntervalMarks(
        place(value), *(None if one is None else place(one) for one in (low, high, base))
    )


class Spark(NamedTuple):
    points: str
    """For <polyline points=…> in a box of 100 × 24."""
    last: tuple[float, float]


def spark(values: Sequence[float | None]) -> Spark | None:
    """A line through the known values; None when there are fewer than two."""
    known = [(i, float(v)) for i, v in enumerate(values) if v is not None]
    if len(known) < 2:
        return None
    lowest, highest = min(v for _, v in known), max(v for _, v in known)
    span = (highest - lowest) or 1.0
    width = known[-1][0] - known[0][0]
    places = [
        (round(100 * (i - known[0][0]) / width, 2), round(22 - 20 * (v - lowest) / span, 2))
        for i, v in known
    ]
    return Spark(" ".join(f"{x},{y}" for x, y in places), places[-1])
