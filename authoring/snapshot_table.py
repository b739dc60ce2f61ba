"""The counts of a snapshot as a table: a row for each task, language and label, a column for each split."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from authoring import language
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


def split_table(counts: dict[str, Any], tasks: Mapping[str, str]) -> list[Group]:
    """Groups of lines, most rows first; a group with nothing in it is left out. `tasks` has their
    names by slug."""
    named: dict[str, Callable[[str], str]] = {
        "tasks": lambda slug: tasks.get(slug, slug),
        "languages": language.name,
        "labels": str,
    }
    groups = [Group(title, _lines(counts, name, named[name])) for name, title in GROUPS.items()]
    return [group for group in groups if group.lines]


def totals(counts: dict[str, Any]) -> list[int]:
    return [counts.get(split, {}).get("rows", 0) for split in Split.values]


def _lines(counts: dict[str, Any], group: str, named: Callable[[str], str]) -> list[Line]:
    in_split = [counts.get(split, {}).get(group, {}) for split in Split.values]
    names = {one for found in in_split for one in found}
    lines = [_line(named(one), [found.get(one, 0) for found in in_split]) for one in names]
    return sorted(lines, key=lambda line: (-line.total, line.name))


def _line(name: str, rows: list[int]) -> Line:
    train, _validation, test = rows
    return Line(name, rows, sum(rows), is_thin=bool(train) != bool(test))
