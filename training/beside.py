"""Runs laid side by side: in which settings they differ, and each curve of theirs on one chart."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from engine.settings import options
from training.charts import CHARTS, GPU, Chart
from training.models import Method, Point, Run

MOST = 8
"""Runs on one page: so many lines are told apart."""
LEFT_OUT = GPU | {"cores", "held-out"}
"""Charts of a machine alone, and one whose curve another chart has."""
PEAK = "system/memory_bytes"
"""Of the memory's curves the one that runs differ by."""
OF_ONE_METHOD = {"loss.train/loss": Method.SFT, "policy.train/loss": Method.GRPO}
"""Curves of one name that mean different things."""


class Difference(NamedTuple):
    name: str
    """Of a setting."""
    values: list[Any]
    """One a run, in their order; None where its method knows no such setting."""


class Curve(NamedTuple):
    key: str
    """Of its chart, and its name: what an address calls it."""
    name: str
    """Of its points."""
    title: str
    unit: str
    per: float

    def of(self, runs: Iterable[Run]) -> list[Run]:
        """Those whose curve it may be."""
        method = OF_ONE_METHOD.get(self.key)
        return [one for one in runs if method is None or one.method == method]


def differences(runs: Sequence[Run]) -> list[Difference]:
    """The settings that are not the same in all runs that have them, in the order of the launch form."""
    names = dict.fromkeys(one.name for run in runs for one in options(run.method))
    set_to = [
        {one.name: run.settings.get(one.name, one.default) for one in options(run.method)}
        for run in runs
    ]
    return [
        Difference(name, [one.get(name) for one in set_to])
        for name in names
        if len({one[name] for one in set_to if name in one}) > 1
    ]


def curves_of(runs: Sequence[Run]) -> list[Curve]:
    """Those that one of the runs has a point of, in the order of a run's page."""
    points = Point.objects.filter(run__in=runs).order_by()
    said = set(points.values_list("run_id", "name").distinct())
    return [
        curve
        for curve in every_curve().values()
        if any((run.pk, curve.name) in said for run in curve.of(runs))
    ]


def every_curve() -> dict[str, Curve]:
    """By its key, in the reader's language."""
    found = [
        Curve(f"{key}.{name}", name, _title(chart, called), str(chart.unit), chart.per)
        for key, chart in CHARTS.items()
        for name, called in chart.curves.items()
        if key not in LEFT_OUT and (key != "memory" or name == PEAK)
    ]
    return {one.key: one for one in found}


def _title(chart: Chart, called: Any) -> str:
    if len(chart.curves) == 1:
        return str(chart.title)
    return _("%(chart)s: %(curve)s") % {"chart": chart.title, "curve": called}
