"""JSON that every database, answer and function behind can hold: what requests send is read by this.

Python's own parser takes more than anybody can store or send back: half a character (`"\\ud800"`)
can't be written as UTF-8, 1e999 becomes infinity, a number may have a thousand digits, and a thousand
brackets exhaust the stack of whatever walks them.
"""

import json
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from authoring.errors import Invalid

DEEPEST = 32
"""Lists and objects inside one another."""
LARGEST = 2**63 - 1


def loads(body: bytes) -> Any:
    """The value of a request's body. Raises Invalid, with what is wrong and what to do."""
    try:
        found = json.loads(
            body.decode("utf-8-sig"),
            parse_constant=_no_number,
            parse_float=_float,
            parse_int=_int,
        )
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:  # bad JSON and bad UTF-8 both
        raise Invalid(
            _("The body is no JSON: %(why)s.") % {"why": error}, _("Send JSON in UTF-8.")
        ) from error
    _check(found)
    return found


def _check(found: Any) -> None:
    """Without recursion: how deep it goes is what is asked."""
    waiting = [(found, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > DEEPEST:
            raise _too_deep()
        if isinstance(value, dict):
            waiting += [(name, depth) for name in value]
            waiting += [(one, depth + 1) for one in value.values()]
        elif isinstance(value, list):
            waiting += [(one, depth + 1) for one in value]
        elif isinstance(value, str) and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                raise Invalid(
                    _("The body holds half a character (an unpaired surrogate)."),
                    _("Cut texts between characters, not inside one."),
                ) from None


def _int(digits: str) -> int:
    value = int(digits)
    return value if abs(value) <= LARGEST else _no_number(digits)


def _float(digits: str) -> float:
    value = float(digits)
    return value if abs(value) != float("inf") else _no_number(digits)


def _no_number(text: str) -> NoReturn:
    raise ValueError(_("%(number)s is no number of 64 bits") % {"number": text[:40]})


def _too_deep() -> Invalid:
    return Invalid(
        _("The body has more than %(limit)d lists and objects inside one another.")
        % {"limit": DEEPEST},
        _("Nothing here needs so many: look for a bracket that isn't closed."),
    )
