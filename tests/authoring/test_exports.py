"""What training reads, and what other tools are given: in the snapshot's order, as it was frozen."""

import hashlib
import json

import pytest

from authoring.actions import export, project_tasks, snapshots
from authoring.errors import Invalid
from authoring.formats import FORMATS
from authoring.snapshot_settings import SnapshotSettings
from engine.records import read_records, read_tasks
from tests.authoring.conftest import LABELS

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def snapshot(approve, intent, project, tao):
    for label in LABELS:
        for word in ("letter", "stamp", "garden", "bridge"):
            approve(f"About the {word} {word} and {label}", label, task=intent, extra={"id": word})
    fractions = {"train": 0.5, "validation": 0.0, "test": 0.5}
    settings = SnapshotSettings(fractions=fractions)
    return snapshots.freeze(project=project, by=tao, settings=settings)


def test_a_split_is_written_as_the_engine_reads_it(snapshot, tmp_path):
    written = export.write_split(snapshot=snapshot, split="train", path=tmp_path / "train.jsonl")
    records = read_records(written.path)
    items = snapshot.items.filter(split="train").select_related("revision")
    assert [one.id for one in records] == [item.revision_id for item in items]
    assert written.rows == len(records) == snapshot.rows("train")
    assert written.sha256 == hashlib.sha256(written.path.read_bytes()).hexdigest()
    first, revision = records[0], items[0].revision
    assert (first.task, first.response, first.turns, first.extra) == (
        "intent",
        revision.response,
        revision.turns,
        revision.extra,
    )
    assert [path.name for path in tmp_path.iterdir()] == ["train.jsonl"]


def test_tasks_are_written_as_they_were_when_frozen(snapshot, intent, olga, tmp_path):
    project_tasks.change(task=intent, labels=["x", "y"], metric="accuracy", by=olga)
    export.write_tasks(snapshot=snapshot, path=tmp_path / "tasks.json")
    task = read_tasks(tmp_path / "tasks.json")["intent"]
    assert (task.kind, task.labels, task.metric, task.reward) == (
        "classification",
        LABELS,
        "f1_macro",
        "label_match",
    )


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_line_a_pair_with_its_split(name, snapshot, vera):
    lines = list(export.snapshot_lines(snapshot=snapshot, by=vera, format=name))
    assert [json.loads(line)["split"] for line in lines] == list(
        snapshot.items.values_list("split", flat=True)
    )
    assert all(line.count("\n") == 1 for line in lines)


def test_one_split_is_given_alone(snapshot, vera):
    lines = list(export.snapshot_lines(snapshot=snapshot, by=vera, split="test"))
    assert len(lines) == snapshot.rows("test")


def test_a_project_gives_its_heads_without_the_deleted(approve, write, project, ada, vera):
    from authoring.actions import pairs

    pair = approve("Say hello", "Hello!")
    pairs.write(pair=pair, content={"response": "Hi!"}, by=ada)
    pairs.delete(pair=write("Deleted"), by=ada)
    (line,) = export.project_lines(project=project, by=vera)
    assert json.loads(line)["response"] == "Hi!"


def test_there_is_no_such_format(snapshot, vera):
    with pytest.raises(Invalid):
        export.snapshot_lines(snapshot=snapshot, by=vera, format="parquet")


def test_lines_come_one_at_a_time(snapshot, vera, django_assert_max_num_queries):
    lines = export.snapshot_lines(snapshot=snapshot, by=vera)
    with django_assert_max_num_queries(2):
        assert len(list(lines)) == 12
