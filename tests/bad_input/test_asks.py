"""A snapshot of nothing, a split with one label, a model that doesn't exist, a setting out of range."""

import pytest

from authoring.models import Snapshot
from tests.bad_input.conftest import told
from training.models import BaseModel, Kind, Run
from training.states import JobState

pytestmark = pytest.mark.django_db


FREEZE = {
    "split_rule": "stratified",
    "seed": 17,
    "threshold": 0.8,
    "leaks": "keep",
    "longest": 100_000,
    "train": 80,
    "validation": 10,
    "test": 10,
}


def freeze(ask):
    return ask("snapshots/new/", FREEZE, "projects/letters/snapshots/", {})


def test_a_snapshot_of_nothing_says_to_approve_something(ask, submit):
    submit("Say hello", "Hello!")
    answer = freeze(ask)
    assert answer.status == 422
    assert "approved" in answer.text.lower()
    assert "review" in answer.text.lower()
    assert not Snapshot.objects.exists()


def test_a_split_with_one_label_is_named(ask, approve, intent):
    for number in range(12):
        approve(
            intent.instruction, "book", task=intent, input=f"Room {number}, please, number {number}"
        )
    answer = freeze(ask)
    assert answer.status in {400, 422}
    assert "label" in answer.text
    assert not Snapshot.objects.exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"epochs": 0},
        {"batch_size": -1},
        {"learning_rate": 2},
        {"learning_rate": "nan"},
        {"lora_rank": 10**12},
        {"seed": 2**40},
        {"epochs": "many"},
        {"dtype": "int4"},
        {"max_length": 1},
        {"batch_size": "1e999"},
        {"epochs": "1e999"},
    ],
    ids=str,
)
def test_a_setting_out_of_range_is_named_and_nothing_is_queued(launch, way, changed):
    answer = launch(**changed)
    assert answer.status == 400
    name = next(iter(changed))
    if way == "rest":
        assert f'"{name}":' in answer.text
    assert not Run.objects.exists()


def test_a_model_that_is_not_listed_is_no_start(launch):
    assert launch(start=987_654).status == 400
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("source", "reference", "says"),
    [
        ("folder", "not-there", "There is no folder of this name"),
        ("hub", "not an id", "This is not a model id"),
        ("hub", "a/b/c", "This is not a model id"),
    ],
)
def test_a_model_that_does_not_exist_is_not_added(ask, home, source, reference, says):
    given = {"source": source, "reference": reference}
    answer = ask("models/new/", given, "base-models/", given)
    assert answer.status == 400
    assert says in answer.text
    assert "STUDIO_HOME/models" in answer.text or "huggingface.co" in answer.text
    assert not BaseModel.objects.exists()


def test_a_hub_id_that_turned_out_not_to_exist_is_said_with_the_remedy(
    way,
    browse,
    rest,
    vera,
    tao,
    project,
    snapshot,
):
    model = BaseModel.objects.create(name="Gone", slug="gone", source="hub", reference="no/such")
    run = Run.objects.create(
        kind=Kind.RUN,
        project=project,
        created_by=tao,
        number=1,
        method="sft",
        base_model=model,
        snapshot=snapshot,
        state=JobState.FAILED,
        failure={
            "type": "ModelError",
            "message": "no/such can't be fetched from the Hugging Face hub",
            "remedy": "Check the id and the network",
            "traceback": "",
        },
    )
    if way == "page":
        answer = told(browse(vera).get("/p/letters/runs/1/"))
    else:
        answer = told(rest(vera).get(f"/api/v1/runs/{run.pk}/"))
    assert "no/such" in answer.text
    assert "Check the id" in answer.text
