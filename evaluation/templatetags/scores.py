"""How a score is written: value, interval, n, and never a bare number."""

from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engine.metrics import direction
from evaluation import metrics
from evaluation.models import Comparison, Score

register = template.Library()

TESTS = {
    "exact McNemar": gettext_lazy("exact McNemar"),
    "paired bootstrap": gettext_lazy("paired bootstrap"),
}
"""The engine's tests of a difference, as the pages call them."""


WHYS = {
    "no_class": gettext_lazy(
        "the model has no class for a label that some questions have: %(labels)s"
    ),
    "one_sided": gettext_lazy(
        "either no question has this label or every question does: %(labels)s"
    ),
    "told_once": gettext_lazy(
        "only one question has this label, or only one has another: %(labels)s"
    ),
}
"""`engine.metrics.forecast_scores.WHY`, in the reader's language."""


@register.filter
def metric_name(metric: str) -> Any:
    return metrics.NAMES.get(metric, metric)


@register.filter
def metric_meaning(metric: str) -> Any:
    return metrics.MEANINGS.get(metric, "")


@register.filter
def smaller_is_better(metric: str) -> bool:
    return direction.smaller_is_better(metric)


@register.filter
def test_name(test: str) -> Any:
    return TESTS.get(test, test)


@register.filter
def three(value: float | None) -> str:
    """Three decimals; an en dash for what is undefined."""
    return "–" if value in (None, "") else _rounded(value)


@register.filter
def signed(value: float | None) -> str:
    """Three decimals with their sign."""
    if value in (None, ""):
        return "–"
    shown = round(value, 3)
    sign = "+" if shown > 0 else "−" if shown < 0 else "±"
    return sign + _rounded(abs(value))


@register.filter
def share(value: float | None) -> str:
    """A share in per cent, no more digits than it has meaning."""
    if value in (None, ""):
        return "–"
    return _("%(share)s %%") % {"share": _rounded(100 * value, 0 if value in (0, 1) else 1)}


@register.filter(is_safe=True)
def unbroken(text: str) -> str:
    """`n = 55` stays on one line."""
    return text.replace("n = ", "n\u00a0=\u00a0")


@register.filter
def likelihood(value: float) -> str:
    """A probability in per cent; never quite 0 or 100, which no model means."""
    if value < 0.001:
        return _("< %(share)s %%") % {"share": _rounded(0.1, 1)}
    if value > 0.999:
        return _("> %(share)s %%") % {"share": _rounded(99.9, 1)}
    return share(value)


@register.filter
def scale_end(found: Score | None) -> float:
    """The most that the scale under a score has to hold: only log loss has no bound."""
    if not found:
        return 1.0
    if found.metric == "brier":
        return 2.0
    return max(1.0, found.value or 0.0, found.high or 0.0)


@register.filter
def score_note(found: Score) -> str:
    """What stands under a number: why there is none, else which way it gets better."""
    if found.value is None:
        return _why(found)
    notes = [_("smaller is better")] if found.smaller_is_better else []
    left_out = found.settings.get("labels_left_out", [])
    if left_out:
        labels = _(", ").join(map(str, left_out))
        notes.append(
            _("without %(labels)s, which no question or every question has") % {"labels": labels}
        )
    if found.low is None:
        notes.append(_why(found))
    return " · ".join(notes)


@register.filter
def p_value(value: float) -> str:
    """As statisticians write it: never zero."""
    return f"< {_rounded(0.001)}" if value < 0.001 else _rounded(value)


@register.inclusion_tag("evaluation/_score.html")
def score(found: Score | None, *, best: bool = False) -> dict[str, Any]:
    """The value, and its interval under it; why where there is none."""
    return {"score": found, "best": best, "why": _why(found)}


@register.inclusion_tag("evaluation/_gain.html")
def gain(found: Comparison | None) -> dict[str, Any]:
    """A paired difference with its interval and p, and whether it is more than chance."""
    tone = ""
    if found is not None and found.differs:
        tone = "ok" if found.improvement > 0 else "bad"
    return {"gain": found, "tone": tone}


@register.filter
def of(found: dict[str, Any], key: str) -> Any:
    """One value of a dictionary by a key that is itself a variable."""
    return found.get(key)


def _rounded(value: float, digits: int = 3) -> str:
    """Django's number_format cuts digits off; a score is rounded."""
    return number_format(round(value, digits), digits)


def _why(found: Score | None) -> str:
    if found is None:
        return _("not measured")
    if found.value is None:
        return _told(found.settings) or _("undefined for these answers")
    if found.low is None:
        return _told(found.settings.get("no_interval", {})) or _(
            "no interval: all answers are alike"
        )
    return ""


def _told(why: dict[str, Any]) -> str:
    """Why there is no value or no interval, where the scorer said so."""
    words = WHYS.get(why.get("code", ""))
    labels = _(", ").join(map(str, why.get("about", [])))
    return str(words) % {"labels": labels} if words else str(why.get("why", ""))
