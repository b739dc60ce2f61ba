"""Which checkpoint is the best one, and what may be deleted."""

import pytest
from django.core.exceptions import PermissionDenied

from authoring.errors import Conflict
from training.actions import checkpoints, runs
from training.best import best_of
from training.models import Checkpoint, Job, Run

NONE: dict[int, float] = {}


def steps(*values: dict) -> list[Checkpoint]:
    return [Checkpoint(step=step, values=one) for step, one in enumerate(values, start=1)]


def loss(value: float | None, **metrics: float) -> dict:
    return {"validation/loss": value} | {f"validation/{name}": one for name, one in metrics.items()}


def test_there_is_none_of_nothing():
    assert best_of([], NONE) is None


def test_the_highest_validation_metric_wins_over_a_lower_loss():
    assert best_of(steps(loss(0.1, accuracy=0.5), loss(0.9, accuracy=0.6)), NONE).step == 2


def test_several_metrics_count_by_their_mean():
    found = steps(loss(1, accuracy=0.9, token_f1=0.1), loss(1, accuracy=0.6, token_f1=0.6))

    assert best_of(found, NONE).step == 2


def test_of_equal_metrics_the_lower_loss_wins():
    found = steps(loss(0.9, accuracy=0.5), loss(0.1, accuracy=0.5), loss(0.5, accuracy=0.5))

    assert best_of(found, NONE).step == 2


def test_the_chosen_metric_decides():
    found = steps(loss(0.5, accuracy=0.9), loss(0.1, accuracy=0.5))

    assert best_of(found, NONE).step == 1
    assert best_of(found, NONE, "loss").step == 2
    assert best_of(found, NONE, "accuracy").step == 1


def test_without_metrics_the_lowest_loss_wins():
    assert best_of(steps(loss(0.5), loss(0.2), loss(0.3)), NONE).step == 2


def test_without_validation_the_highest_reward_wins():
    assert best_of(steps({}, {}, {}), {1: 0.1, 2: 0.9, 3: 0.4}).step == 2


def test_without_any_number_the_last_wins():
    assert best_of(steps({}, {}), NONE).step == 2


@pytest.mark.parametrize("unmeasured", [{}, loss(None)])
def test_a_checkpoint_saved_without_measuring_loses_to_one_that_was_measured(unmeasured):
    assert best_of(steps(loss(5.0), unmeasured), NONE).step == 1


@pytest.fixture
def run(tao, project, snapshot, nano, no_broker) -> Run:
    return runs.launch(by=tao, project=project, method="sft", snapshot=snapshot, base_model=nano)


@pytest.fixture
def saved(run):
    """saved(step, loss) → a checkpoint of the run with its folder; `of` names another run."""

    def save(step: int, value: float = 1.0, of: Run = run, layout: str = "full") -> Checkpoint:
        made = Checkpoint.objects.create(
            run=of, step=step, fence=1, path=f"{of.pk}/step-{step}", layout=layout,
            sha256="ab" * 32, bytes=1, values=loss(value),
        )  # fmt: skip
        made.folder.mkdir(parents=True)
        return made

    return save


def end(run: Run) -> None:
    Job.objects.filter(pk=run.pk).update(state="finished")


@pytest.mark.database
def test_deleting_removes_the_files_and_chooses_the_best_anew(
    run, saved, tao, django_capture_on_commit_callbacks
):
    better, worse = saved(1, 0.1), saved(2, 0.5)
    end(run)
    run.choose_best()
    assert run.best_checkpoint == better

    with django_capture_on_commit_callbacks(execute=True):
        checkpoints.delete(by=tao, checkpoint=better)

    run.refresh_from_db()
    assert run.best_checkpoint == worse
    assert not better.folder.exists()
    assert better.deleted_at is not None
    assert list(run.checkpoints.kept()) == [worse]


@pytest.mark.database
@pytest.mark.parametrize("person", ["ada", "rui", "vera", "eve"])
def test_only_trainers_and_owners_delete(run, saved, person, request):
    checkpoint = saved(1)
    end(run)

    with pytest.raises(PermissionDenied):
        checkpoints.delete(by=request.getfixturevalue(person), checkpoint=checkpoint)

    assert checkpoint.folder.exists()


@pytest.mark.database
def test_the_newest_checkpoint_of_a_run_that_is_not_over_is_kept_for_it(run, saved, tao):
    older, newest = saved(1), saved(2)

    with pytest.raises(Conflict):
        checkpoints.delete(by=tao, checkpoint=newest)
    checkpoints.delete(by=tao, checkpoint=older)


@pytest.mark.database
def test_a_checkpoint_from_which_a_run_is_to_start_is_kept(run, saved, tao, project, snapshot):
    checkpoint = saved(1)
    end(run)
    child = runs.launch(
        by=tao,
        project=project,
        method="sft",
        snapshot=snapshot,
        checkpoint=checkpoint,
        evaluate=False,
    )

    with pytest.raises(Conflict) as refused:
        checkpoints.delete(by=tao, checkpoint=checkpoint)
    assert "Run 2" in refused.value.message

    end(child)
    checkpoints.delete(by=tao, checkpoint=checkpoint)


@pytest.mark.database
def test_weights_that_kept_adapters_lie_on_are_kept(run, saved, tao, project, snapshot):
    """full weights ← adapter of run 2 ← adapter of run 3: all need the first."""
    weights = saved(1)
    end(run)
    second = runs.launch(
        by=tao, project=project, method="sft", snapshot=snapshot, checkpoint=weights, evaluate=False
    )
    adapter = saved(1, of=second, layout="adapter")
    end(second)
    third = runs.launch(
        by=tao, project=project, method="sft", snapshot=snapshot, checkpoint=adapter, evaluate=False
    )
    last = saved(1, of=third, layout="adapter")
    end(third)

    checkpoints.delete(by=tao, checkpoint=adapter)
    with pytest.raises(Conflict) as refused:
        checkpoints.delete(by=tao, checkpoint=weights)
    assert "dapters" in refused.value.message

    checkpoints.delete(by=tao, checkpoint=last)
    checkpoints.delete(by=tao, checkpoint=weights)
