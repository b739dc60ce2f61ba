"""Alpaca: instruction, input, output, and LLaMA-Factory's system and history."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop

from authoring.formats.problems import BadRow
from authoring.formats.record import Defaults, Example, Raw, Turns, field, split_of, unknown

if TYPE_CHECKING:
    from authoring.models import Revision

KNOWN = {"instruction", "input", "output", "system", "history", "split"}


def matches(keys: frozenset[str]) -> bool:
    return {"instruction", "output"} <= keys


def read(raw: Raw, defaults: Defaults) -> list[Example]:
    turns = _earlier(raw.get("history") or [])
    turns.append({"role": "user", "content": field(raw, "instruction")})
    content = {
        "turns": turns,
        "input": "" if raw.get("input") is None else raw["input"],
        "response": field(raw, "output"),
        "system": "" if raw.get("system") is None else raw["system"],
        "extra": unknown(raw, KNOWN),
    }
    return [Example(content, split_of(raw))]


def write(revision: "Revision", split: str) -> Raw:
    record = {
        "instruction": revision.instruction,
        "input": revision.input,
        "output": revision.response,
    }
    if revision.system:
        record["system"] = revision.system
    if len(revision.turns) > 1:
        texts = [turn["content"] for turn in revision.turns[:-1]]
        record["history"] = [list(pair) for pair in zip(texts[::2], texts[1::2], strict=True)]
    return record | ({"split": split} if split else {}) | revision.extra


def _earlier(history: object) -> Turns:
    if not isinstance(history, list) or not all(
        isinstance(one, list) and len(one) == 2 for one in history
    ):
        raise BadRow("invalid", "history", why=gettext_noop("expected [[user, assistant], …]"))
    return [
        {"role": role, "content": text}
        for one in history
        for role, text in zip(("user", "assistant"), one, strict=True)
    ]
