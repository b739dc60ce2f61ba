"""Tags for the components in templates/components/. docs/ui.md shows each with its line."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, FileInput, RadioSelect
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from authoring import drawing
from authoring.looks import LOOKS, MOVING, NOTICE_ICONS
from authoring.models import Split
from authoring.word_diff import word_diff as words_between

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A drawn sign, hidden from readers: the words beside it say what it means."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>',
        size,
        static("img/icons.svg"),
        name,
    )


@register.filter
def split_name(split: str) -> Any:
    """A split in the reader's language."""
    return Split(split).label if split in Split.values else split


@register.inclusion_tag("components/_state.html")
def state(value: str, label: str = "", *, filled: bool = True) -> dict[str, Any]:
    tone, sign = LOOKS.get(str(value), ("plain", "circle"))
    return {
        "tone": tone,
        "icon": sign,
        "label": label or str(value).replace("_", " "),
        "filled": filled,
        "moving": str(value) in MOVING,
    }


@register.inclusion_tag("components/_field.html")
def field(
    bound: BoundField,
    kind: str = "",
    *,
    label: str = "",
    placeholder: str = "",
    rows: int | None = None,
) -> dict[str, Any]:
    """A form field with label, help and errors tied to it. `kind`: prose, code or nothing."""
    widget = bound.field.widget
    group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    check = isinstance(widget, CheckboxInput)
    described = [
        f"{bound.auto_id}_{part}"
        for part, there in (("help", bound.help_text), ("error", bound.errors))
        if there and bound.auto_id
    ]
    attrs: dict[str, Any] = {"class": kind} if kind else {}
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if placeholder:
        attrs["placeholder"] = placeholder
    if rows:
        attrs["rows"] = rows
    return {
        "bound": bound,
        "control": bound.as_widget(attrs=attrs),
        "group": group,
        "check": check,
        "label": label or bound.label,
        "optional": not bound.field.required
        and not getattr(bound.field, "needed_later", False)
        and not check
        and not group
        and not isinstance(widget, FileInput),
    }


@register.inclusion_tag("components/_sort_header.html", takes_context=True)
def sort_header(
    context: template.Context, key: str, label: str, *, num: bool = False
) -> dict[str, Any]:
    """A <th> whose link sorts by `key`: ?sort=key, then ?sort=-key. Paging starts over."""
    query = context["request"].GET.copy()
    now = query.get("sort", "")
    for page in ("page", "after", "before"):
        query.pop(page, None)
    query["sort"] = f"-{key}" if now == key else key
    order = {key: "ascending", f"-{key}": "descending"}.get(now, "")
    return {"label": label, "href": f"?{query.urlencode()}", "order": order, "num": num}


@register.inclusion_tag("components/_word_diff.html")
def word_diff(old: str, new: str) -> dict[str, Any]:
    return {"pieces": words_between(old or "", new or "")}


@register.inclusion_tag("components/_interval.html")
def interval(
    value: float | None,
    low: float | None = None,
    high: float | None = None,
    *,
    base: float | None = None,
    start: float = 0.0,
    end: float = 1.0,
    label: str = "",
) -> dict[str, Any]:
    """A thin scale with the value, its interval, and the base to beat as a dashed tick."""
    if value is None:
        return {"marks": None}
    words = f"{value:.3f}"
    if low is not None and high is not None:
        words = _("%(value).3f, 95%% interval %(low).3f to %(high).3f") % {
            "value": value,
            "low": low,
            "high": high,
        }
    return {
        "marks": drawing.interval_marks(value, low, high, base, start, end),
        "words": f"{label} {words}".strip(),
    }


@register.inclusion_tag("components/_stat.html")
def stat(
    label: str,
    value: Any,
    *,
    low: float | None = None,
    high: float | None = None,
    n: int | None = None,
    base: float | None = None,
    delta: float | None = None,
    unit: str = "",
    note: str = "",
    digits: int = 3,
    large: bool = False,
    falls: bool = False,
    end: float = 1.0,
) -> dict[str, Any]:
    """A number as an instrument shows it: value, interval, n and what it gained over `base`.

    `falls`: it gets better as it gets smaller. `end`: of the scale that the interval is drawn on.

    Where a template's path leads nowhere, as with no model to beat, Django hands over "".
    """
    low, high, base, delta = (None if one == "" else one for one in (low, high, base, delta))
    shown = f"{value:.{digits}f}".replace("-", "−") if isinstance(value, float) else value
    better = 0 if delta is None else -delta if falls else delta
    tone = "" if delta is None else "ok" if better > 0 else "bad" if better < 0 else "plain"
    return {
        "label": label,
        "shown": shown,
        "value": value,
        "low": low,
        "high": high,
        "n": n,
        "base": base,
        "unit": unit,
        "note": note,
        "tone": tone,
        "delta": None if delta is None else f"{delta:+.{digits}f}".replace("-", "−"),
        "has_interval": low is not None and high is not None,
        "low_text": None if low is None else f"{low:.{digits}f}",
        "high_text": None if high is None else f"{high:.{digits}f}",
        "large": large,
        "end": end,
    }


@register.inclusion_tag("components/_sparkline.html")
def sparkline(values: Sequence[float | None], label: str = "") -> dict[str, Any]:
    return {"spark": drawing.spark(values), "label": label}


@register.filter
def heat(value: float | None, most: float) -> str:
    """The class of a matrix cell: heat-0 for nothing, heat-9 for `most`."""
    if not value or not most:
        return "heat-0"
    return f"heat-{max(1, min(9, round(9 * value / most)))}"


@register.filter
def notice_icon(tone: str) -> str:
    return NOTICE_ICONS.get(tone, "info")


@register.filter
def message_tone(tags: str) -> str:
    """The tone of a Django message from its level tag."""
    return {"success": "ok", "warning": "warn", "error": "bad"}.get(
        tags.split()[-1] if tags else "", "accent"
    )


@register.filter
def initials(person: Any) -> str:
    """One or two letters for the avatar: of the words of a name, or the first sign of it."""
    words = str(person).replace("@", " ").split()
    letters = [word[0] for word in words[:2]] if words else ["?"]
    return "".join(letters[:1] if ord(letters[0]) > 0x2E80 else letters).upper()
