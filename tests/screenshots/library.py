"""A second project with its troubles: a file with broken rows, and one whose train rows are in its test."""

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from instructstudio.client import Client
from tests.browser.desk import INSTRUCTION, LABELS, MAIL
from tests.screenshots.team import Team, let_in

NEARLY = {
    "my books are due tomorrow and I'm ill, please extend them": "My books are due tomorrow and I am ill, please extend them!",
}
BROKEN = (
    '{"input": "Do you keep the local paper, and from which year?", "response": "opening_hours", "split": "exam"}',
    '{"input": "Could you put the new atlas aside for me?", "response": ',
    '{"input": "", "response": "renew"}',
    '{"input": "Is the branch at the harbour open at Easter?"}',
    '{"input": "Please keep the Tolkien letters for Mrs Adeyemi.", "response": "reserve", "language": 7}',
    '{"input": "Wie lange habt ihr am Freitag offen?", "response": "oeffnungszeiten"}',
)
"""Rows in which a field is wrong, missing, empty, or of another type."""


class Library(NamedTuple):
    project: str
    task: int
    good: int
    """The import whose rows came in."""
    broken: int
    """The import that waits with its report."""
    snapshot: int
    """With leaks."""


def furnish(team: Team) -> Library:
    """Olga's second project; Ada brings the letters in, Rui approves, Olga freezes. Tao has no key."""
    project = team.olga.post("projects/", name="Library desk", description="Letters to a desk.")["slug"]  # fmt: skip
    task = team.olga.post(
        f"projects/{project}/tasks/",
        name="Desk mail",
        kind="classification",
        labels=LABELS,
        instruction=INSTRUCTION,
    )
    let_in(team, project, "ada", "rui")
    good = _brought(team.ada, project, "letters.jsonl", _letters())
    team.ada.post(f"imports/{good}/commit/")
    team.ada.wait(f"imports/{good}/", lambda one: one["state"] == "committed", seconds=120)
    team.rui.post(f"imports/{good}/approval/")
    broken = _brought(team.ada, project, "letters-by-hand.jsonl", [*_letters()[:9], *BROKEN])
    snapshot = team.olga.post(f"projects/{project}/snapshots/", name="As the file says")
    team.olga.post(f"projects/{project}/invitations/", email="noor@library.example", role="author")
    return Library(project, task["id"], good, broken, snapshot["id"])


def _letters() -> list[str]:
    """Every letter with a split of the file's own; some train rows stand in test again, or nearly."""
    rows = [json.loads(line) for line in MAIL.read_text(encoding="utf-8").splitlines()]
    dealt = [row | {"split": "test" if at % 4 == 0 else "train"} for at, row in enumerate(rows)]
    again = [row | {"split": "train"} for row in dealt[:12:4]]
    near = [
        row | {"input": NEARLY[row["input"]], "split": "test"}
        for row in dealt
        if row["input"] in NEARLY
    ]
    return [json.dumps(row) for row in dealt + again + near]


def _brought(by: Client, project: str, name: str, rows: Iterable[str]) -> Any:
    """The id of an import that was read."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / name
        file.write_text("\n".join(rows), encoding="utf-8")
        came = by.upload(f"projects/{project}/imports/", file, task="desk-mail")
    by.wait(f"imports/{came['id']}/", lambda one: one["state"] == "checked", seconds=120)
    return came["id"]
