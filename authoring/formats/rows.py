"""From characters to rows: JSON lines, one JSON list, or a table with a header.

Rows come one at a time, each with its number; what can't be read is a Problem in its place, and the
rows behind it still come. Only a JSON list can't be read on behind a mistake in its syntax.
"""

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from authoring.formats.problems import BadFile, Problem
from authoring.formats.record import Raw

ROW_LIMIT = 16 << 20
"""Characters of one row. A field holds at most 1 MB, but a row that holds 10 MB in one is still read,
so that the report can name the field."""
CHUNK = 1 << 20
HALF_CHARACTER = re.compile("[\ud800-\udfff]")
NAMES = {list: "list", str: "text", int: "number", float: "number", bool: "boolean", dict: "object"}
csv.field_size_limit(ROW_LIMIT)


class Row(NamedTuple):
    number: int
    """From 1: the line in a text file, the element in a JSON list."""
    raw: Raw | Problem


def read_rows(text: io.TextIOWrapper, filename: str) -> Iterator[Row]:
    """The rows of a file. Its first character tells JSON from a table, whatever the name says.

    Raises BadFile when the file as a whole can't be read.
    """
    start = _first_character(text)
    if start == "[":
        return _json_list(text)
    if start == "{":
        _refuse_one_object(text)
        return _json_lines(text)
    if filename.lower().removesuffix(".gz").endswith((".json", ".jsonl", ".ndjson")):
        raise BadFile("not_json", why=f"it begins with {start!r}")
    return _table(text)


def _first_character(text: io.TextIOWrapper) -> str:
    """The first character that is no white space. Leaves the text at its beginning."""
    while chunk := text.read(1024):
        if chunk.strip():
            text.seek(0)
            return chunk.lstrip()[0]
    raise BadFile("no_rows")


def _refuse_one_object(text: io.TextIOWrapper) -> None:
    """Raise BadFile for a file that is one object over several lines, such as {"data": [...]}."""
    start = text.read(ROW_LIMIT)
    text.seek(0)
    if "\n" not in start.strip():
        return
    try:
        json.loads(start.strip().splitlines()[0])
    except ValueError:
        try:
            json.loads(start)
        except (ValueError, RecursionError):
            return
        raise BadFile("not_a_list", found="object") from None


def _json_lines(text: io.TextIOWrapper) -> Iterator[Row]:
    number = 0
    while line := text.readline(ROW_LIMIT + 1):
        number += 1
        if len(line) > ROW_LIMIT:
            while not line.endswith("\n") and (line := text.readline(ROW_LIMIT)):
                pass
            yield Row(number, Problem(number, "row_too_long", details={"limit": ROW_LIMIT >> 20}))
        elif line.strip():
            yield Row(number, _parsed(number, line.strip()))


def _parsed(number: int, line: str) -> Raw | Problem:
    if HALF_CHARACTER.search(line):
        return Problem(number, "not_text")
    try:
        return _object(number, json.loads(line, parse_constant=_no_constant))
    except json.JSONDecodeError as error:
        return Problem(number, "no_json_here", details={"why": error.msg, "column": error.colno})
    except (ValueError, RecursionError) as error:
        return Problem(number, "not_json", details={"why": str(error)})


def _json_list(text: io.TextIOWrapper) -> Iterator[Row]:
    """The elements of one list, read bit by bit: the file may be larger than the memory."""
    buffer, number = text.read(CHUNK).lstrip().removeprefix("["), 0
    while True:
        while not buffer.strip() and (more := text.read(CHUNK)):
            buffer = more
        buffer = buffer.lstrip()
        if buffer.startswith("]"):
            return
        number += 1
        try:
            value, buffer = _element(buffer.removeprefix(",") if number > 1 else buffer, text)
        except (ValueError, RecursionError) as error:
            why = getattr(error, "msg", str(error))
            yield Row(number, Problem(number, "broken_list", details={"why": why}))
            return
        yield Row(number, _object(number, value))


def _element(buffer: str, text: io.TextIOWrapper) -> tuple[Any, str]:
    """The list's next element and what follows it, reading on while it may be cut off. Raises ValueError."""
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    while True:
        try:
            value, end = decoder.raw_decode(buffer.lstrip())
        except ValueError as error:
            more = text.read(max(CHUNK, len(buffer))) if len(buffer) <= ROW_LIMIT else ""
            if not more:
                raise error
            buffer += more
        else:
            return value, buffer.lstrip()[end:]


def _object(number: int, value: Any) -> Raw | Problem:
    if isinstance(value, dict):
        return value
    return Problem(number, "not_an_object", details={"found": NAMES.get(type(value), "null")})


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _table(text: io.TextIOWrapper) -> Iterator[Row]:
    """CSV or TSV: the first line names the columns; the separator is the one it has most of."""
    first = text.readline(ROW_LIMIT)
    text.seek(0)
    lines = csv.reader(text, delimiter=max(",\t;", key=first.count))
    header = [name.strip().lower() for name in next(lines, [])]
    before = lines.line_num
    while True:
        number = before + 1
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            yield Row(number, Problem(number, "csv", details={"why": str(error)}))
            before = lines.line_num
            continue
        before = lines.line_num
        if cells:
            yield Row(number, _cells(number, header, cells))


def _cells(number: int, header: list[str], cells: list[str]) -> Raw | Problem:
    if len(cells) != len(header):
        details = {"found": len(cells), "expected": len(header)}
        return Problem(number, "columns", details=details)
    if any(HALF_CHARACTER.search(cell) for cell in cells):
        return Problem(number, "not_text")
    return dict(zip(header, cells, strict=True))
