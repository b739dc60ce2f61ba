"""A worker is killed with -9 in mid-run; the next one finishes the run, and no person does a thing."""

import pytest

from tests.training.processes import LONG, engines, has_said, log_of, standing_still
from tests.training.studio import until
from training.models import Job
from training.states import JobState

pytestmark = [pytest.mark.redis, pytest.mark.database, pytest.mark.django_db(transaction=True)]


def test_a_killed_worker_is_replaced_and_the_run_finishes_from_its_newest_checkpoint(
    studio, launch
):
    run = launch(steps=60, checkpoint_every=5)
    studio.scheduler()
    first = studio.worker("device-1")
    until(lambda: has_said(run, "checkpoint", 10))
    with standing_still(studio.home):
        until(lambda: run.checkpoints.filter(step__gte=10).exists())
        studio.kill(first)
    killed_at = Job.objects.get(pk=run.pk)
    newest = run.checkpoints.newest_first().first().step
    assert killed_at.state == JobState.RUNNING, "it was killed in mid-run"
    studio.worker("device-2")
    until(lambda: Job.objects.get(pk=run.pk).is_over)

    run.refresh_from_db()
    assert (run.state, run.failure, run.fence, run.step) == (JobState.FINISHED, None, 2, 60)
    assert f"going on from step-{newest:06d}" in log_of(run)
    assert [one.fence for one in run.checkpoints.order_by("step")] == [
        1 if one.step <= newest else 2 for one in run.checkpoints.order_by("step")
    ]
    assert [step for step, _ in run.values_of("train/loss")] == list(range(1, 61))
    assert not engines(studio.home), "the engine of the killed worker ended with it"


def test_an_engine_ends_with_its_worker(studio, launch):
    run = launch(**LONG)
    worker = studio.worker()
    until(lambda: has_said(run, "point", 2))
    assert engines(studio.home)

    studio.kill(worker)

    until(lambda: not engines(studio.home))
