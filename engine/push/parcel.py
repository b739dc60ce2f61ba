"""The files of an export, held against SHA256SUMS before anything of them leaves."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from engine.errors import DataError
from engine.words import _

SUMS = "SHA256SUMS"


class Item(NamedTuple):
    """One file."""

    path: Path
    size: int
    sha256: str

    @property
    def name(self) -> str:
        return self.path.name


def open_parcel(folder: Path) -> list[Item]:
    """The files by name, the sums last: where they lie, all of it arrived.

    Raises DataError where a file is missing, or is not what was exported.
    """
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        items = [_item(folder / name, sha256) for sha256, name in map(_parts, sorted(lines))]
        items.sort(key=lambda one: one.name)
        items.append(_item(folder / SUMS, _sha256(folder / SUMS)))
    except (OSError, ValueError) as error:
        raise DataError(_("the export can't be read: %(error)s", error=error), AGAIN) from error
    return items


AGAIN = _("Delete this export, make it again, then push that one.")


def _parts(line: str) -> tuple[str, str]:
    sha256, name = line.split("  ", 1)
    if "/" in name or len(sha256) != 64:
        raise ValueError(f"{SUMS} has a line that is none: {line[:80]!r}")
    return sha256, name


def _item(path: Path, sha256: str) -> Item:
    if _sha256(path) != sha256:
        raise DataError(_("%(name)s is not the file that was exported", name=path.name), AGAIN)
    return Item(path, path.stat().st_size, sha256)


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
