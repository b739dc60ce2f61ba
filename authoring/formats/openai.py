"""OpenAI chat: messages of {role, content}. Keys of a message beyond these (name, weight) are kept."""

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

KNOWN = {"messages", "split"}
BESIDE = "message_keys"
"""Under this key of `extra`: {place of the message: its other keys}."""


def matches(keys: frozenset[str]) -> bool:
    return "messages" in keys


def read(raw: Raw, defaults: Defaults) -> list[Example]:
    messages = field(raw, "messages")
    system, turns, response = conversation(messages, "messages")
    if any(not isinstance(one.get("content"), str) for one in messages):
        raise BadRow("invalid", "messages", why=gettext_noop("content must be a text"))
    content = {"system": system, "turns": turns, "response": response}
    beside = _beside(messages)
    extra = unknown(raw, KNOWN) | ({BESIDE: beside} if beside else {})
    return [Example(content | {"extra": extra}, split_of(raw))]


def write(revision: "Revision", split: str) -> Raw:
    messages: list[dict[str, Any]] = list(messages_of(revision))
    extra = dict(revision.extra)
    for place, more in extra.pop(BESIDE, {}).items():
        if int(place) < len(messages):
            messages[int(place)] = messages[int(place)] | more
    return {"messages": messages} | ({"split": split} if split else {}) | extra


def _beside(messages: list[Raw]) -> dict[str, Raw]:
    """What messages hold beyond role and content; `developer` is kept as the role it was."""
    found = {}
    for place, message in enumerate(messages):
        more = unknown(message, {"role", "content"})
        if message["role"] == "developer":
            more["role"] = "developer"
        if more:
            found[str(place)] = more
    return found
