"""Which names a push may name. Light: the web process refuses here before anything is queued."""

from __future__ import annotations

import re

REPOSITORY = re.compile(r"(?=.{3,96}\Z)[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)
FOLDER = re.compile(r"(?=.{1,200}\Z)[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)*", re.ASCII)


def is_name(destination: str, name: str) -> bool:
    """Whether `name` is owner/name (hub) or one or more plain folder names (s3).

    Letters, digits, `-`, `_` and `.`; no part begins with a dot or holds `..`, so that no name lies
    outside what the operator configured.
    """
    if ".." in name:
        return False
    if destination == "s3":
        return bool(FOLDER.fullmatch(name))
    wrong = "--" in name or name.endswith((".git", ".", "-")) or "./" in name or "-/" in name
    return bool(REPOSITORY.fullmatch(name)) and not wrong
