"""What a person can be told went wrong.

StudioError                 has a message, a remedy and an HTTP status; the page and REST show it
├── Invalid        400      a field is wrong; `fields` maps field to messages
├── Conflict       409      somebody else was faster, or the state does not allow it
├── Stale          412      it is not as `If-Match` says; `changed` maps field to value, `tag` is its ETag now
├── NothingToDo    422      the request is well-formed, but there is nothing it could work on
├── TooLarge       413      a file or a field is over its limit
├── TooOften       429      the same was asked too often; `wait` says for how many seconds to rest
└── Unavailable    503      the broker, the disk or a worker is not there
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise

from authoring.words import told
from engine.words import Words

Text = str | Promise


class StudioError(Exception):
    status = 400

    def __init__(
        self,
        message: Text,
        remedy: Text = "",
        fields: Mapping[str, Sequence[Text]] | None = None,
    ) -> None:
        super().__init__(str(message))
        self.message = _told(message)
        self.remedy = _told(remedy)
        self.fields: dict[str, list[Any]] = {
            name: [_told(one) for one in found] for name, found in (fields or {}).items()
        }


def _told(text: Text) -> Text:
    """What the engine said, in the language of the person who is told."""
    return told(text) if isinstance(text, Words) else text


class Invalid(StudioError):
    status = 400


class Conflict(StudioError):
    status = 409


class Stale(StudioError):
    status = 412

    def __init__(
        self, message: Text, remedy: Text = "", *, changed: Mapping[str, Any], tag: str
    ) -> None:
        super().__init__(message, remedy)
        self.changed = changed
        self.tag = tag


class NothingToDo(StudioError):
    status = 422


class TooLarge(StudioError):
    status = 413


class TooOften(StudioError):
    status = 429

    def __init__(self, message: Text, remedy: Text = "", *, wait: int) -> None:
        super().__init__(message, remedy)
        self.wait = wait


class Unavailable(StudioError):
    status = 503
