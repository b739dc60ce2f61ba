"""What a form needs so that nobody writes over what somebody else saved meanwhile (authoring.seen)."""

import json
from collections.abc import Mapping
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest

from authoring.errors import Conflict
from authoring.seen import prints


def beside(request: HttpRequest, form: BaseForm, now: Mapping[str, Any]) -> dict[str, Any]:
    """`seen`: the prints of what is shown, for the form to bring back. After a conflict that is what
    stands there `now`, with `clashes`: theirs and mine of each field, to lay side by side.

    A form that was refused for anything else keeps the prints it had.
    """
    refusal = getattr(request, "refusal", None)
    if not isinstance(refusal, Conflict):
        kept = request.POST.get("seen", "") if form.is_bound else ""
        return {"seen": kept or json.dumps(prints(now)), "clashes": []}
    clashes = [
        {"label": form[name].label, "theirs": _text(now[name]), "mine": _text(form[name].data)}
        for name in refusal.fields
        if name in form.fields
    ]
    return {"seen": json.dumps(prints(now)), "clashes": clashes}


def _text(value: Any) -> str:
    """As its field has it: labels one a line."""
    lines = "\n".join(value) if isinstance(value, list) else str(value or "")
    return lines.replace("\r\n", "\n")
