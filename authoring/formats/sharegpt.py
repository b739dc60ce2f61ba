"""ShareGPT: conversations of {from, value}, with a system message beside or before them."""

from typing import TYPE_CHECKING

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

ROLES = {
    "human": "user",
    "user": "user",
    "gpt": "assistant",
    "assistant": "assistant",
    "system": "system",
}
NAMES = {"user": "human", "assistant": "gpt", "system": "system"}
KNOWN = {"conversations", "system", "split"}


def matches(keys: frozenset[str]) -> bool:
    return "conversations" in keys


def read(raw: Raw, defaults: Defaults) -> list[Example]:
    said = field(raw, "conversations")
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise BadRow(
            "invalid", "conversations", why=gettext_noop("expected a list of {from, value}")
        )
    messages = [
        {"role": ROLES.get(one.get("from"), one.get("from")), "content": one.get("value")}
        for one in said
    ]
    system, turns, response = conversation(messages, "conversations")
    content = {
        "system": raw["system"] if raw.get("system") else system,
        "turns": turns,
        "response": response,
        "extra": unknown(raw, KNOWN),
    }
    return [Example(content, split_of(raw))]


def write(revision: "Revision", split: str) -> Raw:
    messages = messages_of(revision)
    record: Raw = {
        "conversations": [
            {"from": NAMES[one["role"]], "value": one["content"]}
            for one in messages
            if one["role"] != "system"
        ]
    }
    if revision.system:
        record["system"] = revision.system
    return record | ({"split": split} if split else {}) | revision.extra
