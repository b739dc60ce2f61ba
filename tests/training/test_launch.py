"""Launching a run: what is checked, what is refused and with which remedy, and that it is kept."""

from dataclasses import asdict

import pytest
from django.core.exceptions import PermissionDenied

from authoring.errors import Invalid, NothingToDo, Unavailable
from authoring.models import Project, Snapshot
from training.actions import runs
from training.models import BaseModel, Checkpoint, Job, Run, Source
from training.states import JobState

pytestmark = pytest.mark.database


@pytest.fixture
def launched(tao, project, snapshot, nano, no_broker):
    """launched(method=…) → a run, with what is left out as it usually is."""

    def launch(**changed) -> Run:
        usual = {"by": tao, "project": project, "method": "sft", "snapshot": snapshot}
        if "checkpoint" not in changed:
            usual["base_model"] = nano
        return runs.launch(**{**usual, **changed})

    return launch


@pytest.fixture
def folder_model(home):
    (home / "models" / "tiny").mkdir(parents=True)
    return BaseModel.objects.create(
        name="Tiny", slug="tiny", source=Source.FOLDER, reference="tiny"
    )


def checkpoint_of(run: Run, **fields) -> Checkpoint:
    usual = {"step": 1, "fence": 1, "path": f"{run.pk}/attempts/1/checkpoints/step-000001",
             "layout": "full", "sha256": "ab" * 32, "bytes": 1}  # fmt: skip
    made = Checkpoint.objects.create(run=run, **{**usual, **fields})
    made.folder.mkdir(parents=True)
    return made


def test_a_launched_run_is_queued_with_every_setting_as_it_is_now(launched, tao, snapshot):
    run = launched(settings={"epochs": "2", "learning_rate": 0.01}, name=" first ")

    run.refresh_from_db()
    assert (run.state, run.number, run.name) == (JobState.QUEUED, 1, "first")
    assert (run.created_by, run.snapshot) == (tao, snapshot)
    assert (run.settings["epochs"], run.settings["learning_rate"]) == (2.0, 0.01)
    assert run.settings["seed"] == 17, "a later default must not change what this run was"


def test_numbers_count_within_a_project(launched):
    assert [launched().number for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("person", ["ada", "rui", "vera", "eve"])
def test_only_trainers_and_owners_launch(launched, person, request):
    with pytest.raises(PermissionDenied):
        launched(by=request.getfixturevalue(person))

    assert not Job.objects.exists()


def test_the_owner_may_launch(launched, olga):
    assert launched(by=olga).created_by == olga


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"epochs": 0}, "epochs"),
        ({"epochs": "many"}, "epochs"),
        ({"learning_rate": float("nan")}, "learning_rate"),
        ({"dtype": "int4"}, "dtype"),
        ({"momentum": 0.9}, "momentum"),
        ({"tuning": "lora"}, "tuning"),  # nano has no weights to put adapters on
    ],
)
def test_a_bad_setting_is_named(launched, values, field):
    with pytest.raises(Invalid) as refused:
        launched(settings=values)

    assert list(refused.value.fields) == [field]
    assert not Job.objects.exists()


def test_an_unknown_method_is_named(launched):
    with pytest.raises(Invalid) as refused:
        launched(method="ppo")

    assert "method" in refused.value.fields


def test_a_run_starts_from_exactly_one_model(launched, nano):
    checkpoint = checkpoint_of(launched())

    with pytest.raises(Invalid):
        launched(base_model=None)
    with pytest.raises(Invalid):
        launched(base_model=nano, checkpoint=checkpoint)


def test_a_run_may_go_on_from_a_checkpoint(launched, nano):
    checkpoint = checkpoint_of(launched())

    run = launched(checkpoint=checkpoint, settings={"tuning": "lora"})

    assert (run.parent, run.base_model) == (checkpoint, nano)


def test_a_deleted_checkpoint_is_no_start(launched):
    checkpoint = checkpoint_of(launched(), deleted_at="2026-01-01T00:00:00Z")

    with pytest.raises(NothingToDo):
        launched(checkpoint=checkpoint)


def test_weights_whose_folder_is_gone_are_no_start(launched, folder_model):
    launched(base_model=folder_model)
    folder_model.folder.rmdir()

    with pytest.raises(Unavailable) as refused:
        launched(base_model=folder_model)

    assert "models/tiny" in refused.value.message
    assert refused.value.remedy


def test_another_projects_snapshot_and_checkpoint_are_refused(launched, tao, snapshot, olga):
    checkpoint = checkpoint_of(launched())
    other = Project.objects.create(name="Other", slug="other", created_by=olga)
    other.memberships.create(user=tao, role="trainer")
    theirs = Snapshot.objects.create(
        project=other, number=1, content_hash="1" * 64, created_by=olga, counts=snapshot.counts
    )

    with pytest.raises(Invalid) as refused:
        launched(snapshot=theirs)
    assert "snapshot" in refused.value.fields
    with pytest.raises(Invalid) as refused:
        launched(project=other, snapshot=theirs, checkpoint=checkpoint)
    assert "checkpoint" in refused.value.fields


def test_a_snapshot_with_nothing_to_train_on_is_refused(launched, snapshot):
    snapshot.counts = {"test": {"rows": 1}}
    snapshot.save()

    with pytest.raises(NothingToDo) as refused:
        launched()

    assert "Approve" in refused.value.remedy


def test_reinforcement_needs_a_model_that_can_answer(launched):
    with pytest.raises(Invalid) as refused:
        launched(method="grpo")

    assert "base_model" in refused.value.fields


def test_reinforcement_needs_a_reward_that_each_task_can_give(launched, task, snapshot):
    checkpoint = checkpoint_of(launched())
    assert launched(method="grpo", checkpoint=checkpoint, settings={"reward": "label_match"})
    task.kind, task.labels = "free", []
    snapshot.settings["frozen_tasks"][task.slug] = asdict(task.info())
    snapshot.save()

    with pytest.raises(Invalid) as refused:
        launched(method="grpo", checkpoint=checkpoint, settings={"reward": "label_match"})

    assert "intent" in refused.value.fields["reward"][0]
    assert launched(method="grpo", checkpoint=checkpoint, settings={"reward": "token_f1"})


def test_a_full_disk_is_told_before_anything_is_queued(launched, settings):
    settings.DISK_RESERVE = 1 << 62

    with pytest.raises(Unavailable) as refused:
        launched()

    assert "MiB" in refused.value.message
    assert "Delete old checkpoints" in refused.value.remedy
    assert not Job.objects.exists()


def test_the_starting_weights_are_evaluated_too(launched, folder_model):
    launched(base_model=folder_model)
    assert folder_model.evaluations.count() == 1

    launched(base_model=folder_model)
    assert folder_model.evaluations.count() == 1, "once is enough"


def test_a_run_that_asks_for_no_evaluation_gets_none(launched, folder_model):
    launched(base_model=folder_model, evaluate=False)

    assert not folder_model.evaluations.exists()


def test_a_clone_differs_in_what_was_changed_only(launched, tao):
    first = launched(settings={"epochs": 2, "seed": 5}, name="first")

    second = runs.clone(by=tao, run=first, settings={"seed": 6})

    assert (second.number, second.name, second.settings) == (
        2,
        "first",
        {**first.settings, "seed": 6},
    )
    assert (second.base_model, second.snapshot) == (first.base_model, first.snapshot)
