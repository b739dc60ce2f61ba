"""Names and failures of the engine, in the words of the pages."""

from typing import Any

from django import template

from training import failures, plan
from training.charts import CHARTS
from training.labels import LABELS

register = template.Library()

VALUES = {"validation/loss": CHARTS["loss"].title, **CHARTS["validation"].curves}


@register.filter
def setting_name(name: str) -> Any:
    """One of the engine's settings."""
    return LABELS.get(name, name)


@register.filter
def value_name(name: str) -> Any:
    """One of the values that training measures at a checkpoint."""
    return VALUES.get(name, name)


@register.inclusion_tag("training/_failure.html")
def failure(found: dict[str, str]) -> dict[str, Any]:
    """What went wrong, what to do, and the traceback to unfold."""
    return {"told": failures.told(found), "traceback": found.get("traceback", "")}


@register.filter
def duration(seconds: float) -> str:
    """40 s, 12 min, 3 h 20 min: as exact as an estimate is."""
    return plan.duration(seconds)
