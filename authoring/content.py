"""What a revision may hold: one check for the editor, REST and imports alike.

`clean` takes plain values and returns the content fields of a Revision, or says what is wrong by
field. `warnings` says what is allowed but probably not meant.
"""

import math
import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from authoring.errors import Invalid, TooLarge
from authoring.models import Task
from authoring.models.revision import CONTENT_FIELDS, tests_text
from authoring.strict_json import DEEPEST

LONGEST_LIST = 200
"""Turns, references or tags of one pair."""
LONGEST_TAG = 60
LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL can't store, and halves of surrogate pairs, which are no characters."""
EMPTY: dict[str, Any] = {
    "system": "",
    "turns": [],
    "input": "",
    "response": "",
    "references": [],
    "tags": [],
    "language": "en",
    "source": "",
    "licence": "",
    "extra": {},
}


def clean(content: dict[str, Any]) -> dict[str, Any]:
    """The content fields, validated; what is left out is empty.

    `instruction` may stand for `turns` of one user turn, `tests` for what `extra` has under that name
    (empty: nothing). Raises Invalid with every bad field, or TooLarge when the only thing wrong is a
    text over FIELD_LIMIT bytes.
    """
    given = dict(content)
    single = "instruction" in given and "turns" not in given
    if "instruction" in given:
        instruction = given.pop("instruction")
        given.setdefault("turns", [{"role": "user", "content": instruction}])
    tests = given.pop("tests", None)
    if tests is not None and isinstance(given.get("extra", {}), dict):
        given["extra"] = _with_tests(given.get("extra", {}), tests)
    problems: dict[str, list[str]] = {
        name: [_("There is no such field.")] for name in given.keys() - set(CONTENT_FIELDS)
    }
    cleaned: dict[str, Any] = {}
    too_large = False
    for name in CONTENT_FIELDS:
        try:
            cleaned[name] = RULES[name](given.get(name, EMPTY[name]))
        except TooLong as problem:
            too_large = True
            problems[name] = [str(problem)]
        except ValueError as problem:
            problems[name] = [str(problem)]
    if single and "turns" in problems:
        problems["instruction"] = problems.pop("turns")
    if too_large and len(problems) == 1:
        raise TooLarge(_("A field is too long."), _("Shorten it."), fields=problems)
    if problems:
        raise Invalid(_("Some fields are not valid."), fields=problems)
    return cleaned


def warnings(content: dict[str, Any], task: Task) -> dict[str, str]:
    """What is allowed, but probably not meant: field → sentence."""
    found = {}
    response = content["response"].strip()
    if task.kind == "classification" and response and response not in task.labels:
        found["response"] = _("“%(label)s” is none of the labels of %(task)s.") % {
            "label": response[:80],
            "task": task,
        }
    return found


class TooLong(ValueError):
    """A text is over FIELD_LIMIT bytes."""


def text(value: Any) -> str:
    """A text that both databases can hold, within FIELD_LIMIT. Raises ValueError, TooLong for size."""
    if not isinstance(value, str):
        raise ValueError(_("This must be a text."))
    if len(value) > settings.FIELD_LIMIT // 4 and _bytes(value) > settings.FIELD_LIMIT:
        raise TooLong(
            _("This has %(size).1f MB; a field holds at most %(limit).1f MB.")
            % {"size": _bytes(value) / 2**20, "limit": settings.FIELD_LIMIT / 2**20}
        )
    if UNSTORABLE.search(value):
        raise ValueError(_("This holds characters that are no text (NUL or half a character)."))
    return value


def turns(value: Any) -> list[dict[str, str]]:
    """User and assistant in turn, beginning and ending with the user."""
    if not isinstance(value, list) or not value:
        raise ValueError(_("There must be at least one turn."))
    _short(value)
    if any(not isinstance(turn, dict) or set(turn) != {"role", "content"} for turn in value):
        raise ValueError(_("A turn has a role and a content, nothing else."))
    expected = ["user" if number % 2 == 0 else "assistant" for number in range(len(value))]
    if [turn["role"] for turn in value] != expected or len(value) % 2 == 0:
        raise ValueError(
            _("Turns alternate between user and assistant, beginning and ending with the user.")
        )
    return [{"role": turn["role"], "content": text(turn["content"])} for turn in value]


def texts(value: Any) -> list[str]:
    if not isinstance(value, list):
        raise ValueError(_("This must be a list of texts."))
    _short(value)
    return [text(one) for one in value]


def tags(value: Any) -> list[str]:
    """Tags trimmed, each once, in order."""
    found = list(dict.fromkeys(" ".join(one.split()) for one in texts(value)))
    if any(len(one) > LONGEST_TAG for one in found):
        raise ValueError(_("A tag has at most %(limit)d characters.") % {"limit": LONGEST_TAG})
    return [one for one in found if one]


def language(value: Any) -> str:
    value = text(value).strip()
    if not LANGUAGE.fullmatch(value) or len(value) > 10:
        raise ValueError(_("Use a language code such as en or zh."))
    return value.lower()


def extra(value: Any) -> dict[str, Any]:
    """An object of anything that JSON has, with storable texts."""
    if not isinstance(value, dict):
        raise ValueError(_("This must be an object."))
    _walk(value)
    return value


def line(longest: int) -> Callable[[Any], str]:
    """A rule: a text of at most `longest` characters."""

    def rule(value: Any) -> str:
        if len(text(value)) > longest:
            raise ValueError(_("At most %(limit)d characters.") % {"limit": longest})
        return value

    return rule


RULES: dict[str, Callable[[Any], Any]] = {
    "system": text,
    "turns": turns,
    "input": text,
    "response": text,
    "references": texts,
    "tags": tags,
    "language": language,
    "source": line(300),
    "licence": line(100),
    "extra": extra,
}


def _with_tests(extra: dict[str, Any], tests: Any) -> dict[str, Any]:
    """`extra` with these tests in place of its own. Tests that came as a list stay one until edited."""
    if tests == tests_text(extra):
        return extra
    others = {name: value for name, value in extra.items() if name != "tests"}
    return others | ({"tests": tests} if tests else {})


def _short(value: list[Any]) -> None:
    if len(value) > LONGEST_LIST:
        raise ValueError(_("At most %(limit)d of them.") % {"limit": LONGEST_LIST})


def _walk(value: Any, depth: int = 1) -> None:
    """Raises ValueError for what JSON has not, or not every database can hold."""
    if depth > DEEPEST:
        raise ValueError(
            _("This has more than %(limit)d lists and objects inside one another.")
            % {"limit": DEEPEST}
        )
    match value:
        case str():
            text(value)
        case float() if not math.isfinite(value):
            raise ValueError(_("This holds a number that is too large."))
        case dict():
            for name, one in value.items():
                text(name)
                _walk(one, depth + 1)
        case list():
            for one in value:
                _walk(one, depth + 1)


def _bytes(value: str) -> int:
    return len(value.encode("utf-8", "surrogatepass"))
