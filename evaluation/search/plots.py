"""Coordinates of the parallel-coordinate plot; the template draws them as SVG, without a script.

One axis a searched setting and one for the objective; one line a trial. What is better is drawn in a
stronger colour, and above what is worse; the table of trials says the same in numbers.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from evaluation.models import Search, Trial
from training.labels import LABELS, said

GAP, TOP, HEIGHT, SIDE = 150, 44, 230, 74
"""Pixels between axes at least, above them, of them, and beside the first and the last."""
LETTER, IDEOGRAPH, BESIDE = 6.5, 12.0, 40
"""Pixels that a sign of a tick's label takes, and that stay free between a label and the axis before."""
MOST_BETWEEN = 5
"""Round numbers on an axis, between its ends."""
CLEAR = 0.1
"""Of an axis: a number that is nearer to an end than that is left out."""
DEEPEST = 9
"""The class of the best line is `deep-9`, of the worst `deep-0`; of one without a value `none`."""


class Tick(NamedTuple):
    y: float
    label: str


class Axis(NamedTuple):
    x: int
    name: Any
    ticks: list[Tick]


class Line(NamedTuple):
    points: str
    """For <polyline points=…>"""
    depth: str
    title: str
    number: int


class Plot(NamedTuple):
    width: int
    height: int
    top: int
    bottom: int
    axes: list[Axis]
    lines: list[Line]
    """In the order of drawing: the best last, on top."""


class Scale:
    """Values of one axis as heights from 0 (bottom) to 1."""

    def __init__(self, dimension: dict[str, Any]) -> None:
        self._choices = dimension.get("choices")
        if self._choices is None:
            self._log = dimension["log"]
            self._low, self._high = self._flat(dimension["low"]), self._flat(dimension["high"])

    def of(self, value: Any) -> float:
        if self._choices is not None:
            at = self._choices.index(value) if value in self._choices else 0
            return at / max(1, len(self._choices) - 1)
        span = (self._high - self._low) or 1.0
        return min(1.0, max(0.0, (self._flat(value) - self._low) / span))

    def ticks(self) -> list[tuple[float, str]]:
        if self._choices is not None:
            return [(self.of(one), str(said(one))) for one in self._choices]
        ends = {0.0: self._low, 1.0: self._high}
        between = {self._height(one): one for one in self._round_numbers()}
        clear = {at: one for at, one in between.items() if CLEAR <= at <= 1 - CLEAR}
        return [
            (at, f"{10**one if self._log else one:.3g}")
            for at, one in sorted((ends | clear).items())
        ]

    def labels(self) -> list[str]:
        return [label for _at, label in self.ticks()]

    def _round_numbers(self) -> list[float]:
        """Between the ends, in steps of 1, 2 or 5: powers of ten on a log scale."""
        span = (self._high - self._low) or 1.0
        scale = 10.0 ** math.floor(math.log10(span / MOST_BETWEEN))
        step = next(
            one for one in (scale, 2 * scale, 5 * scale, 10 * scale) if span / one <= MOST_BETWEEN
        )
        step = max(1.0, round(step)) if self._log else step
        first = math.ceil(self._low / step)
        return [step * i for i in range(first, math.floor(self._high / step) + 1)]

    def _height(self, flat: float) -> float:
        return (flat - self._low) / ((self._high - self._low) or 1.0)

    def _flat(self, value: float) -> float:
        return math.log10(value) if self._log else float(value)


def parallel(search: Search, trials: Sequence[Trial]) -> Plot | None:
    """None while fewer than two trials are complete: a line alone compares nothing."""
    ranked = sorted(
        (one for one in trials if one.state == "complete"),
        key=lambda one: (one.value, -one.number),
        reverse=not search.objective.maximise,
    )
    if len(ranked) < 2:
        return None
    values = [one.value for one in ranked]
    around = {"low": min(values), "high": max(values), "log": False}
    scales = {name: Scale(one) for name, one in search.space_json.items()}
    depth = {one.pk: round(DEEPEST * i / (len(ranked) - 1)) for i, one in enumerate(ranked)}
    objective = Scale(around)
    without = [one for one in trials if one.state in ("pruned", "failed")]
    names = [*(LABELS.get(name, name) for name in scales), search.objective.name]
    xs = places(list(scales.values()))
    axes = [
        _axis(x, name, scale)
        for x, name, scale in zip(xs, names, [*scales.values(), objective], strict=True)
    ]
    return Plot(
        width=xs[-1] + SIDE,
        height=TOP + HEIGHT + 16,
        top=TOP,
        bottom=TOP + HEIGHT,
        axes=axes,
        lines=[_line(one, xs, scales, objective, depth) for one in (*without, *ranked)],
    )


def places(scales: Sequence[Scale]) -> list[int]:
    """Where the axes stand, the objective's last: a setting's labels, left of its axis, need room."""
    room = [round(max(map(_wide, scale.labels()))) for scale in scales]
    xs = [max(SIDE, room[0] + BESIDE // 2)]
    for wide in (*room[1:], 0):
        xs.append(xs[-1] + max(GAP, wide + BESIDE))
    return xs


def _wide(label: str) -> float:
    return sum(IDEOGRAPH if one > "\u2e7f" else LETTER for one in label)


def _axis(x: int, name: Any, scale: Scale) -> Axis:
    return Axis(x, name, [Tick(_y(at), label) for at, label in scale.ticks()])


def _line(
    trial: Trial,
    xs: list[int],
    scales: dict[str, Scale],
    objective: Scale,
    depth: dict[int, int],
) -> Line:
    heights = [scale.of(trial.settings[name]) for name, scale in scales.items()]
    if trial.value is not None:
        heights.append(objective.of(trial.value))
    points = " ".join(f"{x},{_y(one)}" for x, one in zip(xs, heights, strict=False))
    said = ", ".join(f"{LABELS.get(k, k)} {_short(v)}" for k, v in trial.settings.items())
    reached = f": {trial.value:.3f}" if trial.value is not None else ""
    shade = f"deep-{depth[trial.pk]}" if trial.pk in depth else "none"
    return Line(points, shade, f"{trial.number}{reached} ({said})", trial.number)


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(said(value))


def _y(at: float) -> float:
    return round(TOP + HEIGHT * (1 - at), 1)
