"""What an import would write: each row's content, checked as the editor checks it, or its problems."""

from collections.abc import Iterator
from typing import IO, Any, NamedTuple

from django.utils.translation import gettext

from authoring import content as contents
from authoring import language
from authoring.errors import Invalid, TooLarge
from authoring.formats import Defaults, Example
from authoring.formats.problems import Problem
from authoring.formats.reading import Found, Reading, reading
from authoring.models import Import, Task

SHOWN = 2000
"""Characters of a text in the preview."""


class Checked(NamedTuple):
    """One pair of the file, or why it is none."""

    row: int
    part: int
    content: dict[str, Any] | None
    """For Revision; None when the row can't be imported."""
    split: str
    problems: list[Problem]


def open_import(dataset_import: Import) -> Any:
    """The import's file as a context that gives a Reading. Raises BadFile, OSError."""
    task, file = dataset_import.task, dataset_import.file

    def opener() -> IO[bytes]:
        if not file.name:
            raise FileNotFoundError(
                gettext("the file was deleted when its time to be kept was over")
            )
        return file.storage.open(file.name, "rb")

    return reading(
        opener,
        filename=dataset_import.filename,
        format=dataset_import.format,
        defaults=Defaults(instruction=task.instruction, system=task.system),
    )


def checked(opened: Reading, *, task: Task, language: str) -> Iterator[Checked]:
    """Every row of an open file. `language` is for rows that name none; empty guesses."""
    for found in opened.found:
        yield _checked(found, task, language)


def preview(one: Checked) -> dict[str, Any]:
    """A row as the page shows it: shortened."""
    content = one.content or {}
    return {
        "row": one.row,
        "split": one.split,
        **{name: _shown(content[name]) for name in ("system", "input", "response")},
        "turns": [
            {"role": turn["role"], "content": _shown(turn["content"])} for turn in content["turns"]
        ],
        "language": content["language"],
        "tags": content["tags"],
    }


def _checked(found: Found, task: Task, default_language: str) -> Checked:
    row, part, what = found
    if isinstance(what, Problem):
        return Checked(row, part, None, "", [what])
    try:
        content = contents.clean(_with_language(what, default_language))
    except (Invalid, TooLarge) as error:
        code = "too_long" if isinstance(error, TooLarge) else "invalid"
        problems = [
            Problem(row, code, field, details={"why": " ".join(messages)})
            for field, messages in error.fields.items()
        ]
        return Checked(row, part, None, "", problems)
    return Checked(row, part, content, what.split, list(_warnings(row, content, task)))


def _with_language(example: Example, default: str) -> dict[str, Any]:
    content = example.content
    if content.get("language"):
        return content
    asked = [content.get("instruction"), content.get("input"), content.get("response")]
    turns = content.get("turns")
    if isinstance(turns, list) and turns and isinstance(turns[-1], dict):
        asked.append(turns[-1].get("content"))
    text = " ".join(one for one in asked if isinstance(one, str))
    return content | {"language": default or language.guess(text)}


def _warnings(row: int, content: dict[str, Any], task: Task) -> Iterator[Problem]:
    response = content["response"].strip()
    if not response:
        yield Problem(row, "empty_response", "response", "warning")
    elif task.kind == "classification" and response not in task.labels:
        details = {"label": response[:80]}
        yield Problem(row, "unknown_label", "response", "warning", details)


def _shown(text: str) -> str:
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
