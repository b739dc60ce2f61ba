"""Seed tasks of self-instruct: an instruction with several instances, each of which is a pair."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop

from authoring.formats.problems import BadRow
from authoring.formats.record import Defaults, Example, Raw, field, split_of, unknown

if TYPE_CHECKING:
    from authoring.models import Revision

KNOWN = {"instruction", "instances", "split"}


def matches(keys: frozenset[str]) -> bool:
    return {"instruction", "instances"} <= keys


def read(raw: Raw, defaults: Defaults) -> list[Example]:
    instances = field(raw, "instances")
    if not isinstance(instances, list) or not all(isinstance(one, dict) for one in instances):
        raise BadRow("invalid", "instances", why=gettext_noop("expected a list of {input, output}"))
    if not instances:
        raise BadRow("missing", "instances")
    kept, split = unknown(raw, KNOWN), split_of(raw)
    return [
        Example(
            {
                "instruction": field(raw, "instruction"),
                "input": "" if one.get("input") is None else one["input"],
                "response": field(one, "output"),
                "extra": kept | unknown(one, {"input", "output"}),
            },
            split,
        )
        for one in instances
    ]


def write(revision: "Revision", split: str) -> Raw:
    """One instance a record: what belonged to one seed task is told by its `id` in `extra`."""
    instance = {"input": revision.input, "output": revision.response}
    record = revision.extra | {"instruction": revision.instruction, "instances": [instance]}
    return record | ({"split": split} if split else {})
