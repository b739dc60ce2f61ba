"""Faults of the studio's own: what nobody foresaw ends what it broke, and is told to those who wait for it.

Tried again by itself it would only break again, every minute and for ever. So its traceback goes into the log,
the row says that it failed and why, and somebody tries it again when it is mended. Only a database that is
away is waited for: without it nothing could be written down, and it comes back.
"""

from django.db import InterfaceError, OperationalError

from authoring.words import Kept, kept
from authoring.words import words as _

DATABASE_AWAY = (OperationalError, InterfaceError)
"""The database can't be reached or is locked; other database errors are faults of ours."""

LONGEST = 300


def failure(error: Exception) -> dict[str, Kept]:
    """{type, message, remedy}, as rows keep it."""
    return {
        "type": "internal",
        "message": kept(_("The studio broke over this: %(why)s.", why=said(error))),
        "remedy": kept(
            _(
                "Try again. If it breaks again, show this to whoever runs the studio: the log has more."
            )
        ),
    }


def said(error: Exception) -> str:
    """The error in one line that every database can hold."""
    text = f"{type(error).__name__}: {error}".replace("\x00", "\ufffd")
    return " ".join(text.split()).rstrip(".")[:LONGEST]
