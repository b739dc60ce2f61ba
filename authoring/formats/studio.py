"""Our own format: one object with the fields of a revision.

    {"instruction": "…", "input": "…", "response": "refund", "language": "en", "tags": ["short"]}
    {"system": "…", "turns": [{"role": "user", "content": "…"}, …], "response": "…", "split": "test"}

`output` and `label` may stand for `response`. A record without instruction and turns takes the
task's instruction, one without `system` the task's system message. Tables (CSV, TSV) are read the
same way, with the columns as keys and tags separated by semicolons.
"""

from typing import TYPE_CHECKING, Any

from authoring.formats.problems import BadRow
from authoring.formats.record import Defaults, Example, Raw, split_of, unknown

if TYPE_CHECKING:
    from authoring.models import Revision

FIELDS = (
    "system",
    "turns",
    "input",
    "response",
    "references",
    "tags",
    "language",
    "source",
    "licence",
)
RESPONSES = ("response", "output", "label")
KNOWN = {*FIELDS, *RESPONSES, "instruction", "split", "task", "extra"}


def matches(keys: frozenset[str]) -> bool:
    """A response under one of its names, and something that asks for it. `output` alone is Alpaca's."""
    asked = keys & {"instruction", "input", "turns"}
    ours = keys & {"response", "label", "turns", "split", "language", "tags"}
    return bool(asked and ours and keys & set(RESPONSES) and "history" not in keys)


def read(raw: Raw, defaults: Defaults) -> list[Example]:
    given = {name: raw[name] for name in FIELDS if raw.get(name) is not None}
    response = next((name for name in RESPONSES if raw.get(name) is not None), None)
    if response is None:
        raise BadRow("missing", "response")
    given["response"] = raw[response]
    given.setdefault("system", defaults.system)
    if "turns" not in given:
        instruction = raw.get("instruction")
        given["instruction"] = defaults.instruction if instruction is None else instruction
        if not given["instruction"] and not given.get("input"):
            raise BadRow("missing", "instruction")
    if isinstance(given.get("tags"), str):
        given["tags"] = [tag for tag in given["tags"].replace("；", ";").split(";") if tag.strip()]
    if isinstance(given.get("references"), str):
        given["references"] = [given["references"]]
    return [Example(given | {"extra": _extra(raw, response)}, split_of(raw))]


def write(revision: "Revision", split: str) -> Raw:
    content = revision.content()
    record: dict[str, Any] = {"task": revision.pair.task.slug}
    if len(revision.turns) == 1:
        record["instruction"] = revision.instruction
        del content["turns"]
    extra = content.pop("extra")
    record |= content | {"split": split}
    record |= {name: value for name, value in extra.items() if name not in KNOWN}
    hidden = {name: value for name, value in extra.items() if name in KNOWN}
    return record | ({"extra": hidden} if hidden else {})


def _extra(raw: Raw, response: str) -> Raw:
    """Unknown keys, with what our own export put under `extra` because its name is taken."""
    others = {name for name in RESPONSES if name != response}
    kept = unknown(raw, KNOWN - others)
    hidden = raw.get("extra")
    if hidden is None:
        return kept
    return kept | hidden if isinstance(hidden, dict) else kept | {"extra": hidden}
