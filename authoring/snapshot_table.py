"""The counts of a snapshot as a table: a row for each task, language and label, a column for each split."""

from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from authoring.models.snapshot import Split

GROUPS: dict[str, str | Promise] = {
    "tasks": _("Tasks"),
    "languages": _("Languages"),
    "labels": _("Labels"),
}


class Line(NamedTuple):
    name: str
    rows: list[int]
    """Of train, validation and test."""
    total: int
    is_thin: bool
    """In train, but in no test: nothing will be measured on it; or the other way round."""


class Group(NamedTuple):
    title: str | Promise
    lines: list[Line]


def split_table(counts: dict[str, Any]) -> list[Group]:
    """Groups of lines, most rows first; a group with nothing in it is left out."""
    groups = [Group(title, _lines(counts, name)) for name, title in GROUPS.items()]
    return [group for group in groups if group.lines]


def totals(counts: dict[str, Any]) -> list[int]:
    return [counts.get(split, {}).get("rows", 0) for split in Split.values]


def _lines(counts: dict[str, Any], group: str) -> list[Line]:
    in_split = [counts.get(split, {}).get(group, {}) for split in Split.values]
    names = {name for found in in_split for name in found}
    lines = [_line(name, [found.get(name, 0) for found in in_split]) for name in names]
    return sorted(lines, key=lambda line: (-line.total, line.name))


def _line(name: str, rows: list[int]) -> Line:
    train, _validation, test = rows
    return Line(name, rows, sum(rows), is_thin=bool(train) != bool(test))
