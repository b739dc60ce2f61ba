"""Pages by what stands last on them: as fast at the millionth row as at the first.

An offset makes the database count all rows before it. A cursor is the sort value (an id or a time)
and the id of a row; the next page is what stands behind it.
"""

import base64
import binascii
import json
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Model, Q, QuerySet


class Keyset(NamedTuple):
    """One page of a list, and the cursors of its neighbours; an empty cursor means there is none."""

    rows: list[Any]
    previous: str
    next: str


def keyset(
    rows: QuerySet, *, column: str, descending: bool, size: int, after: str = "", before: str = ""
) -> Keyset:
    """The page behind `after`, or in front of `before`, or the first. A broken cursor is the first page.

    Sorted by `column` (not null) and then by id, both in the same direction.
    """
    backwards = bool(before) and not after
    cursor = _read(before if backwards else after, column)
    direction = descending != backwards
    ordered = rows.order_by(*_signed(direction, column))
    if cursor:
        ordered = ordered.filter(_beyond(column, direction, *cursor))
    found = list(ordered[: size + 1])
    more, page = len(found) > size, found[:size]
    if backwards:
        page.reverse()
    behind, ahead = (bool(cursor), more) if not backwards else (more, True)
    return Keyset(
        page,
        previous=_write(page[0], column) if page and behind else "",
        next=_write(page[-1], column) if page and ahead else "",
    )


def _signed(descending: bool, column: str) -> list[str]:
    sign = "-" if descending else ""
    return [f"{sign}{column}"] if column == "id" else [f"{sign}{column}", f"{sign}id"]


def _beyond(column: str, descending: bool, value: Any, pk: int) -> Q:
    side = "lt" if descending else "gt"
    if column == "id":
        return Q(**{f"id__{side}": pk})
    return Q(**{f"{column}__{side}": value}) | Q(**{column: value, f"id__{side}": pk})


def _write(row: Model, column: str) -> str:
    value = getattr(row, column)
    plain = [value.isoformat() if isinstance(value, datetime) else value, row.pk]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


def _read(cursor: str, column: str) -> tuple[Any, int] | None:
    """The value and id of a cursor; None for one that this list didn't write."""
    if not cursor:
        return None
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        value = int(value) if column == "id" else datetime.fromisoformat(value)
        return (value, int(pk)) if 0 <= int(pk) < 2**63 else None
    except (ValueError, TypeError, binascii.Error):
        return None
