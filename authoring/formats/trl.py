"""TRL: prompt and completion, each a text or a list of messages."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_noop

from authoring.formats.problems import BadRow
from authoring.formats.record import (
    Defaults,
    Example,
    Raw,
    conversation,
    field,
    messages_of,
    split_of,
    unknown,
)

if TYPE_CHECKING:
    from authoring.models import Revision

KNOWN = {"prompt", "completion", "split"}


def matches(keys: frozenset[str]) -> bool:
    return {"prompt", "completion"} <= keys


def read(raw: Raw, defaults: Defaults) -> list[Example]:
    prompt = _messages(field(raw, "prompt"), "user", "prompt")
    completion = _messages(field(raw, "completion"), "assistant", "completion")
    system, turns, response = conversation([*prompt, *completion], "completion")
    content = {"system": system, "turns": turns, "response": response}
    return [Example(content | {"extra": unknown(raw, KNOWN)}, split_of(raw))]


def write(revision: "Revision", split: str) -> Raw:
    messages = messages_of(revision)
    if len(messages) == 2:
        record: Raw = {"prompt": messages[0]["content"], "completion": messages[1]["content"]}
    else:
        record = {"prompt": messages[:-1], "completion": messages[-1:]}
    return record | ({"split": split} if split else {}) | revision.extra


def _messages(value: Any, role: str, name: str) -> list[Raw]:
    if isinstance(value, str):
        return [{"role": role, "content": value}]
    if isinstance(value, list):
        return value
    raise BadRow("invalid", name, why=gettext_noop("expected a text or a list of messages"))
