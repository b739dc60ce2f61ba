"""What somebody had before their eyes when they began to change a row, field by field: so that nobody
writes over, unseen, what somebody else saved meanwhile.

    seen = prints({"name": "Post", "guidelines": "Be kind"})      # goes to the form, and comes back with it
    mine = changed(given, now=…, seen=seen)                       # raises Conflict
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from authoring.errors import Conflict

Seen = Mapping[str, str]


def prints(values: Mapping[str, Any]) -> dict[str, str]:
    """A short print of each value. Browsers send lines with CR LF, and forms strip the ends of texts."""
    return {name: _print(value) for name, value in values.items()}


def changed(given: Mapping[str, Any], *, now: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
    """Of what a whole form gives, the fields that its sender changed.

    Raises Conflict, with those fields, where somebody else changed the same ones since they were seen.
    """
    mine = {name: value for name, value in given.items() if _print(value) != seen.get(name)}
    theirs = prints(now)
    clashes = [
        name
        for name, value in mine.items()
        if name in seen and theirs[name] not in {seen[name], _print(value)}
    ]
    if clashes:
        why = _("Somebody else changed this meanwhile: theirs stands above, beside yours.")
        raise Conflict(
            _("Somebody else saved while you were writing."),
            _("Nothing is lost: take over what you want of theirs, then save again."),
            fields={name: [why] for name in clashes},
        )
    return mine


def read(text: str) -> Seen | None:
    """The prints that a form brought back; None where it brought none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return {name: str(one) for name, one in found.items()} if isinstance(found, dict) else None


def _print(value: Any) -> str:
    if isinstance(value, str):
        value = value.replace("\r\n", "\n").strip()
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
