"""What every format reads a record into, and the small questions that they share."""

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from django.utils.translation import gettext_noop

from authoring.formats.problems import BadRow

if TYPE_CHECKING:
    from authoring.models import Revision

Raw = dict[str, Any]
Turns = list[dict[str, str]]
SPLITS = {
    "train": "train",
    "training": "train",
    "validation": "validation",
    "valid": "validation",
    "val": "validation",
    "dev": "validation",
    "test": "test",
    "": "",
}


class Defaults(NamedTuple):
    """What a task gives a record of our own format that leaves it out."""

    instruction: str = ""
    system: str = ""


class Example(NamedTuple):
    """One pair of a file: plain values for `authoring.content.clean`, not yet checked."""

    content: Raw
    split: str = ""


class Format(Protocol):
    """A module of this package."""

    def matches(self, keys: frozenset[str]) -> bool:
        """Whether a record with these keys may be of this format."""

    def read(self, raw: Raw, defaults: Defaults) -> list[Example]:
        """The pairs of one record. Raises BadRow."""

    def write(self, revision: "Revision", split: str) -> Raw:
        """A record of this revision, such that `read` gives its content back."""


def field(raw: Raw, name: str) -> Any:
    """A field that must be there. Raises BadRow when it is missing or null."""
    if raw.get(name) is None:
        raise BadRow("missing", name)
    return raw[name]


def split_of(raw: Raw) -> str:
    """The record's split under its usual name. Raises BadRow for one we don't know."""
    given = raw.get("split")
    name = "" if given is None else str(given).strip().lower()
    if name not in SPLITS:
        raise BadRow("unknown_split", "split", split=name[:40])
    return SPLITS[name]


def unknown(raw: Raw, known: set[str]) -> Raw:
    """What a format has no field for."""
    return {name: value for name, value in raw.items() if name not in known}


def conversation(messages: Any, name: str) -> tuple[str, Turns, Any]:
    """System message, turns and response of a list of messages. Raises BadRow.

    The last answer is the response; what precedes it are the turns.
    """
    if not isinstance(messages, list) or not all(isinstance(one, dict) for one in messages):
        raise BadRow("invalid", name, why=gettext_noop("expected a list of messages"))
    system, turns = "", []
    for place, message in enumerate(messages):
        role, content = message.get("role"), message.get("content")
        if role in {"system", "developer"} and place == 0:
            system = content
        elif role in {"user", "assistant"} and isinstance(content, str) and not _calls(message):
            turns.append({"role": role, "content": content})
        else:
            raise BadRow("unknown_role", name, role=str(role)[:40])
    if not turns or turns[-1]["role"] != "assistant":
        raise BadRow("no_response", name)
    return system, turns[:-1], turns[-1]["content"]


def messages_of(revision: "Revision") -> list[dict[str, str]]:
    """The whole conversation, response included; an input stands under the last user turn."""
    from engine.records import messages

    asked = messages(system=revision.system, turns=revision.turns, input=revision.input)
    return [*asked, {"role": "assistant", "content": revision.response}]


def _calls(message: Raw) -> bool:
    return bool(message.get("tool_calls") or message.get("function_call"))
