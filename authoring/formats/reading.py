"""An uploaded file as pairs and problems, one at a time, whatever its container and record format."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from authoring.formats import FORMATS, detect
from authoring.formats.problems import BadFile, BadRow, Problem
from authoring.formats.record import Defaults, Example, Format
from authoring.formats.rows import Row, read_rows
from authoring.formats.text import Opener, characters, find_encoding

LOOKED_AT = 20
"""Rows from which the record format is told."""
NAMED = 12
"""Fields that a message lists."""


class Found(NamedTuple):
    row: int
    part: int
    """Which of the row's pairs, from 0."""
    what: Example | Problem


class Reading(NamedTuple):
    """An open file."""

    encoding: str
    format: str
    found: Iterator[Found]


@contextmanager
def reading(opener: Opener, *, filename: str, format: str, defaults: Defaults) -> Iterator[Reading]:
    """Open a file and say what it is. `format` is a key of FORMATS, or empty to find out.

    Raises BadFile when the file as a whole can't be read.
    """
    encoding = find_encoding(opener)
    with characters(opener, encoding) as text:
        rows = read_rows(text, filename)
        first = list(itertools.islice(rows, LOOKED_AT))
        name = format or _format_of(first)
        found = _pairs(itertools.chain(first, rows), FORMATS[name], defaults)
        yield Reading(encoding.name, name, found)


def _format_of(first: list[Row]) -> str:
    """The format of the first record that has one; our own when no record could be read at all."""
    records = [frozenset(row.raw) for row in first if isinstance(row.raw, dict)]
    if not first:
        raise BadFile("no_rows")
    if not records:
        return "studio"
    known = next(filter(None, map(detect, records)), "")
    if known:
        return known
    keys = records[0]
    if {"chosen", "rejected"} <= keys:
        raise BadFile("preference_format")
    if keys == {"text"}:
        raise BadFile("text_format")
    raise BadFile("unknown_format", fields=", ".join(sorted(keys)[:NAMED])[:400])


def _pairs(rows: Iterator[Row], format: Format, defaults: Defaults) -> Iterator[Found]:
    for number, raw in rows:
        if isinstance(raw, Problem):
            yield Found(number, 0, raw)
            continue
        try:
            examples = format.read(raw, defaults)
        except BadRow as error:
            problem = Problem(number, error.code, error.field, details=error.details)
            yield Found(number, 0, problem)
            continue
        for part, example in enumerate(examples):
            yield Found(number, part, example)
