"""Names and failures of the engine, in the words of the pages."""

from typing import Any

from django import template
from django.utils.translation import gettext as _

from training import failures, plan
from training.charts import CHARTS
from training.devices import name_of
from training.labels import CHOICES, LABELS, said

register = template.Library()

VALUES = {
    **CHARTS["validation"].curves,
    "validation/loss": CHARTS["loss"].title,
    "validation/brier": CHOICES["brier"],
}


@register.filter
def setting_name(name: str) -> Any:
    """One of the engine's settings."""
    return LABELS.get(name, name)


@register.filter
def setting_value(value: Any) -> Any:
    """What one of them is set to."""
    return said(value)


@register.filter
def value_name(name: str) -> Any:
    """One of the values that training measures at a checkpoint."""
    return VALUES.get(name, name)


@register.inclusion_tag("training/_failure.html")
def failure(found: dict[str, Any]) -> dict[str, Any]:
    """What went wrong, what to do, and the traceback to unfold."""
    return {"told": failures.told(found), "traceback": found.get("traceback", "")}


@register.filter
def told(found: dict[str, Any]) -> failures.Told:
    """What went wrong and what to do, where there is room for no notice."""
    return failures.told(found)


@register.filter
def duration(seconds: float) -> str:
    """40 s, 12 min, 3 h 20 min: as exact as an estimate is."""
    return plan.duration(seconds)


@register.filter
def starts(seconds: float) -> str:
    """When a waiting job starts, no finer than it is known."""
    if seconds < 60:
        return _("starts within a minute")
    if seconds < 90 * 60:
        return _("starts in about %(n)d min") % {"n": round(seconds / 60)}
    return _("starts in about %(n)d h") % {"n": round(seconds / 3600)}


@register.filter
def device_set(devices: str) -> str:
    """What a worker owns: `GPU 0, 1`."""
    return name_of(devices)
