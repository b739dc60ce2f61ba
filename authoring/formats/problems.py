"""What can be wrong with an imported file or one of its rows, in the reader's language.

A problem is stored as a code with its details and put into words when somebody reads it: the worker
that found it does not know who will.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _


class Told(NamedTuple):
    """A problem in words."""

    row: int | None
    """Row in the file, from 1, as an editor counts lines (JSON: elements); None for the whole file."""
    field: str
    level: str
    """`error`: the row can't be imported. `warning`: it can."""
    problem: str
    remedy: str


@dataclass(frozen=True)
class Problem:
    """A problem as it is stored. `code` is a key of SAID."""

    row: int | None
    code: str
    field: str = ""
    level: str = "error"
    details: dict[str, Any] = dataclasses.field(default_factory=dict)

    def told(self) -> Told:
        problem, remedy = SAID[self.code]
        details = {"field": self.field, **self.details}
        if why := details.get("why"):
            details["why"] = gettext(why)
        return Told(
            self.row,
            self.field,
            self.level,
            gettext(problem) % details,
            gettext(remedy) % details,
        )


PARSER_SAYS = (
    gettext_noop("Expecting value"),
    gettext_noop("Expecting property name enclosed in double quotes"),
    gettext_noop("Expecting ',' delimiter"),
    gettext_noop("Expecting ':' delimiter"),
    gettext_noop("Unterminated string starting at"),
    gettext_noop("Invalid control character at"),
    gettext_noop("Illegal trailing comma before end of object"),
    gettext_noop("Illegal trailing comma before end of array"),
    gettext_noop("Extra data"),
)
"""What Python's JSON parser finds, for the translators; `told` looks the words up."""


class BadFile(Exception):
    """The file as a whole can't be read. Carries the Problem."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.problem = Problem(None, code, details=details)


class BadRow(ValueError):
    """One row can't be read: code, field and details of the Problem."""

    def __init__(self, code: str, field: str = "", **details: Any) -> None:
        super().__init__(code)
        self.code, self.field, self.details = code, field, details


SAID = {
    "empty_file": (_("The file is empty."), _("Choose a file with at least one row.")),
    "no_rows": (_("The file has no rows."), _("Choose a file with at least one row.")),
    "not_json": (
        _("This is no JSON: %(why)s."),
        _("Write one JSON object a line (JSONL), or one list of objects (JSON)."),
    ),
    "no_json_here": (
        _("This is no JSON: %(why)s, at column %(column)d."),
        _("Write one JSON object a line (JSONL), or one list of objects (JSON)."),
    ),
    "broken_list": (
        _("The JSON list breaks off here: %(why)s. What follows can't be read."),
        _(
            "Correct this place, or write one object a line (JSONL): then one bad row spoils no other."
        ),
    ),
    "not_a_list": (
        _("The file holds one JSON %(found)s, not a list of objects."),
        _("Write one JSON object a line (JSONL), or one list of objects (JSON)."),
    ),
    "unknown_format": (
        _("No known record format has these fields: %(fields)s."),
        _("Name the columns instruction, input and response, or choose the format yourself."),
    ),
    "preference_format": (
        _("This is preference data (chosen and rejected), not pairs."),
        _("Import the chosen responses as `response`, or leave this file for preferences."),
    ),
    "text_format": (
        _("This is plain text for language modelling, without a prompt and a response."),
        _("Give each row a prompt and a completion."),
    ),
    "not_gzip": (_("The file is damaged: %(why)s."), _("Compress it again, or upload it plain.")),
    "file_missing": (_("The uploaded file is gone."), _("Upload it again.")),
    "too_large_unpacked": (
        _("Unpacked, the file has more than %(limit)d MB."),
        _("Split it into several files."),
    ),
    "disk": (_("The disk refused: %(why)s."), _("Make room, then check the file again.")),
    "fault": (
        _("The studio broke over this file: %(why)s."),
        _("Try again. If it breaks again, show this to whoever runs the studio: the log has more."),
    ),
    "binary": (
        _("This is no text file."),
        _("Upload JSONL, JSON, CSV or TSV, as UTF-8 or GB18030, plain or gzipped."),
    ),
    "row_too_long": (
        _("This row has more than %(limit)d MB."),
        _("Shorten it; a field holds at most 1 MB."),
    ),
    "not_an_object": (
        _("This row is a JSON %(found)s, not an object."),
        _("Write an object with named fields."),
    ),
    "not_text": (
        _("This row holds bytes that are neither UTF-8 nor GB18030, or half a character."),
        _("Save the file as UTF-8."),
    ),
    "columns": (
        _("This row has %(found)d columns, the header has %(expected)d."),
        _("Put quotes round values that hold the separator or a line break."),
    ),
    "csv": (_("This row can't be read: %(why)s."), _("Check quotes and separators.")),
    "missing": (_("“%(field)s” is missing."), _("Give every row this field.")),
    "invalid": (_("%(why)s"), _("Correct this field, or leave it out.")),
    "too_long": (_("%(why)s"), _("Shorten it, or leave this row out.")),
    "unknown_split": (
        _("“%(split)s” is no split."),
        _("Use train, validation or test, or leave it empty."),
    ),
    "no_response": (
        _("The conversation does not end with an answer."),
        _("End it with a message of the assistant."),
    ),
    "unknown_role": (
        _("A message has the role “%(role)s”, which a pair can't hold."),
        _("Leave tool calls and their results out of this row."),
    ),
    "unknown_label": (
        _("“%(label)s” is none of the task's labels."),
        _("Add it to the task's labels, or correct the row."),
    ),
    "empty_response": (
        _("The response is empty."),
        _("The pair is imported as a draft: write its response in the studio."),
    ),
}
"""code → what was wrong, what to do. `%(field)s` and the problem's details are filled in."""
