"""Runs laid side by side: in which settings they differ, and each curve of theirs on one chart."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from engine.settings import options
from training.charts import CHARTS, GPU, Chart
from training.models import Point, Run

MOST = 8
"""Runs on one page: so many lines are told apart."""
LEFT_OUT = GPU | {"cores", "policy", "held-out"}
"""Charts of a machine alone, and those whose curves other charts have."""
PEAK = "system/memory_bytes"
"""Of the memory's curves the one that runs differ by."""


class Difference(NamedTuple):
    name: str
    """Of a setting."""
    values: list[Any]
    """One a run, in their order; None where its method knows no such setting."""


class Curve(NamedTuple):
    name: str
    title: str
    unit: str
    per: float


def differences(runs: Sequence[Run]) -> list[Difference]:
    """The settings that are not the same in all of them, in the order of the launch form."""
    names = dict.fromkeys(one.name for run in runs for one in options(run.method))
    set_to = [
        {one.name: run.settings.get(one.name, one.default) for one in options(run.method)}
        for run in runs
    ]
    found = [Difference(name, [one.get(name) for one in set_to]) for name in names]
    return [one for one in found if any(value != one.values[0] for value in one.values[1:])]


def curves_of(runs: Sequence[Run]) -> list[Curve]:
    """Those that one of the runs has a point of, in the order of a run's page."""
    said = set(
        Point.objects.filter(run__in=runs).order_by().values_list("name", flat=True).distinct()
    )
    return [one for name, one in every_curve().items() if name in said]


def every_curve() -> dict[str, Curve]:
    """By the name of its points, in the reader's language."""
    return {
        name: Curve(name, _title(chart, called), str(chart.unit), chart.per)
        for key, chart in CHARTS.items()
        for name, called in chart.curves.items()
        if key not in LEFT_OUT and (key != "memory" or name == PEAK)
    }


def _title(chart: Chart, called: Any) -> str:
    if len(chart.curves) == 1:
        return str(chart.title)
    return _("%(chart)s: %(curve)s") % {"chart": chart.title, "curve": called}
