"""TREC through the product: 11 of its 500 test questions stand in its training file.

Each must be named by the leak check, and be gone from train after one click.
"""

import json
from pathlib import Path

import pytest

from authoring.actions import imports, reviews, snapshots
from authoring.models import Task

pytestmark = [pytest.mark.django_db, pytest.mark.data]
FOLDER = Path(__file__).parents[2].parent / "shared" / "data" / "trec"
LABELS = ["description", "entity", "abbreviation", "person", "location", "number"]


@pytest.fixture
def trec_file() -> str:
    if not FOLDER.is_dir():
        pytest.skip(f"SKIPPED, LOUDLY: {FOLDER} is not there, so the TREC leak check did not run.")
    rows = []
    for split in ("train", "test"):
        text = (FOLDER / f"TREC.{split}.all").read_text(encoding="latin-1")
        for line in text.splitlines():
            label, question = line.split(" ", 1)
            rows.append({"input": question, "label": LABELS[int(label)], "split": split})
    return "\n".join(json.dumps(row) for row in rows)


def normalised(revision) -> str:
    return " ".join(revision.input.casefold().split())


def test_exactly_eleven_test_questions_stand_in_train_and_are_dropped(
    trec_file, project, upload, ada, rui, tao
):
    task = Task.objects.create(
        project=project,
        slug="trec",
        name="TREC",
        kind="classification",
        labels=LABELS,
        instruction="What kind of thing does the question ask for? Answer with one label.",
    )
    checked = upload("trec.jsonl", trec_file, task=task)
    assert (checked.rows_good, checked.rows_bad, checked.warnings) == (5952, 0, 0)
    committed = imports.commit(dataset_import=checked, by=ada)
    assert reviews.approve_import(dataset_import=committed, by=rui) == 5952
    snapshot = snapshots.freeze(project=project, by=tao)
    assert (snapshot.rows("train"), snapshot.rows("test")) == (5452, 500)
    assert len({leak["test"] for leak in snapshot.exact_leaks()}) == 11
    near = {leak["test"] for leak in snapshot.near_leaks()}
    assert near.isdisjoint({leak["test"] for leak in snapshot.exact_leaks()})

    successor = snapshots.drop_leaks(snapshot=snapshot, by=tao)
    assert successor.exact_leaks() == []
    assert successor.rows("test") == 500
    inside = successor.items.select_related("revision")
    questions = {
        name: {normalised(item.revision) for item in inside if item.split == name}
        for name in ("train", "test")
    }
    assert questions["train"].isdisjoint(questions["test"])
