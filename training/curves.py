"""Points of runs as a chart reads them: thinned at first, then what came after a cursor."""

from typing import Any, NamedTuple

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from training.models import Point

MOST_POINTS = 3000
"""Of one answer; a longer curve is thinned evenly, its last point kept."""


class Row(NamedTuple):
    pk: int
    run: int
    name: str
    step: int
    value: float | None


class Read(NamedTuple):
    lines: dict[Any, list[list[Any]]]
    """By what the caller tells lines apart: [[step, value], …], by step."""
    cursor: int
    """To ask with next."""


def read(points: QuerySet[Point], *, after: str, by: str, per: float = 1) -> Read:
    """`after`: the last answer's cursor, as the address has it; else from the beginning. `by`: `name`
    or `run`. Values are divided by `per`."""
    begun = int(after) if after.isdecimal() and len(after) < 19 else None
    fresh = points.filter(pk__gt=begun) if begun is not None else _thinned(points)
    found = fresh.order_by("pk").values_list("pk", "run_id", "name", "step", "value")
    rows = [Row(*one) for one in found]
    lines: dict[Any, list[list[Any]]] = {}
    for one in rows:
        scaled = one.value / per if one.value is not None and per != 1 else one.value
        lines.setdefault(getattr(one, by), []).append([one.step, scaled])
    return Read(
        {name: sorted(line) for name, line in lines.items()},
        rows[-1].pk if rows else (begun or 0),
    )


def _thinned(points: QuerySet[Point]) -> QuerySet[Point]:
    """Every k-th step and each run's last, so that an answer has at most about MOST_POINTS."""
    every = points.count() // MOST_POINTS + 1
    if every == 1:
        return points
    last = points.filter(run=OuterRef("run")).order_by("-step").values("step")[:1]
    return points.annotate(place=F("step") % every).filter(Q(place=0) | Q(step=Subquery(last)))
