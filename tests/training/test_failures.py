"""What goes wrong around an engine: each failure is told with a type and a remedy, none goes round."""

import shutil

import pytest

from authoring.errors import Unavailable
from authoring.words import told
from training.actions import runs
from training.handlers.run import RunHandler
from training.models import BaseModel, Job, Source
from training.runner import attempt
from training.states import JobState

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


class RefusesToPrepare(RunHandler):
    def prepare(self) -> None:
        raise Unavailable("The moon is down.", "Wait for the night.")


class FullDisk(RunHandler):
    def prepare(self) -> None:
        raise OSError(28, "No space left on device")


class Broken(RunHandler):
    def prepare(self) -> None:
        raise KeyError("a fault of ours")


class NeverOver(RunHandler):
    def prepare(self) -> None:
        raise Unavailable("So it ends early.")

    def over(self, outcome) -> None:
        self.run.choose_best()
        raise ZeroDivisionError("after it has written")


@pytest.fixture
def handled_by(settings):
    def use(handler: type[RunHandler]) -> None:
        settings.JOB_HANDLERS = {"run": f"{__name__}.{handler.__name__}"}

    return use


def test_an_error_with_a_remedy_is_told_as_it_is(no_broker, launch, handled_by):
    run = launch()
    handled_by(RefusesToPrepare)

    assert attempt.work()

    run.refresh_from_db()
    assert (run.state, run.owner, run.heartbeat_at) == (JobState.FAILED, "", None)
    assert told(run.failure["message"]) == "The moon is down."
    assert told(run.failure["remedy"]) == "Wait for the night."


def test_a_full_disk_is_told_as_one(no_broker, launch, handled_by):
    run = launch()
    handled_by(FullDisk)

    attempt.work()

    run.refresh_from_db()
    assert (run.state, run.failure["type"]) == (JobState.FAILED, "disk")
    assert run.failure["remedy"]


def test_a_fault_of_ours_fails_the_run_with_its_traceback(no_broker, launch, handled_by):
    run = launch()
    handled_by(Broken)

    attempt.work()

    run.refresh_from_db()
    assert (run.state, run.failure["type"]) == (JobState.FAILED, "internal")
    assert "KeyError: 'a fault of ours'" in run.failure["traceback"]


def test_a_fault_while_storing_the_end_leaves_no_half_of_it(no_broker, launch, handled_by):
    run = launch()
    handled_by(NeverOver)

    attempt.work()

    run.refresh_from_db()
    assert (run.state, run.failure["type"]) == (JobState.FAILED, "internal")
    assert "ZeroDivisionError" in run.failure["traceback"]


def test_a_kind_of_job_that_nobody_handles_fails_and_frees_the_worker(no_broker, launch, settings):
    run = launch()
    settings.JOB_HANDLERS = {}

    assert attempt.work()
    assert not attempt.work()

    run.refresh_from_db()
    assert run.state == JobState.FAILED


def test_weights_that_vanish_after_the_launch_fail_the_run_with_a_remedy(
    no_broker, home, tao, project, snapshot
):
    folder = home / "models" / "tiny"
    folder.mkdir(parents=True)
    tiny = BaseModel.objects.create(
        name="Tiny", slug="tiny", source=Source.FOLDER, reference="tiny"
    )
    run = runs.launch(by=tao, project=project, method="sft", snapshot=snapshot, base_model=tiny,
                      evaluate=False)  # fmt: skip
    shutil.rmtree(folder)

    attempt.work()

    run.refresh_from_db()
    assert "models/tiny" in told(run.failure["message"])
    assert run.failure["remedy"]


def test_a_job_that_keeps_losing_its_workers_fails_instead_of_going_round(no_broker, launch):
    run = launch()
    Job.objects.filter(pk=run.pk).update(state="running", takeovers=attempt.MOST_TAKEOVERS - 1)

    attempt.work()

    run.refresh_from_db()
    assert (run.state, run.failure["type"]) == (JobState.FAILED, "lost_process")
    assert "3 times" in told(run.failure["message"])
    assert "memory" in told(run.failure["remedy"])
