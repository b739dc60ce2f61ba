"""Record formats: how other tools write a pair down, one module each.

    studio          our own: every field of a revision
    alpaca          instruction, input, output, system, history
    sharegpt        conversations: [{from, value}]
    openai          messages: [{role, content}]
    trl             prompt and completion, or messages
    self_instruct   instruction and instances: [{input, output}]

Each has `matches(keys)`, `read(raw, defaults)` and, where pairs can be written that way, `write`.
Keys that a format does not know are kept in `extra`, value for value, and written out again.
"""

from authoring.formats import alpaca, openai, self_instruct, sharegpt, studio, trl
from authoring.formats.record import Defaults, Example, Format

__all__ = ["FORMATS", "Defaults", "Example", "Format", "detect"]

FORMATS: dict[str, Format] = {
    "studio": studio,
    "self_instruct": self_instruct,
    "sharegpt": sharegpt,
    "openai": openai,
    "trl": trl,
    "alpaca": alpaca,
}
"""name → module, in the order in which they are tried: the most particular ones before `alpaca`."""


def detect(keys: frozenset[str]) -> str:
    """The name of the first format that a record with these keys may be of; empty when none is."""
    return next((name for name, one in FORMATS.items() if one.matches(keys)), "")
