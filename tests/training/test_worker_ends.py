"""A worker is asked to end, or its engine is killed, while a run is at work."""

import signal

import pytest

from authoring.words import told
from tests.training.processes import (
    LONG,
    engines,
    has_said,
    kill_engines,
    log_of,
    standing_still,
)
from tests.training.studio import PATIENCE, until
from training.models import Job
from training.states import JobState

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("pool", ["threads", "prefork"])
def test_a_worker_that_is_asked_to_end_saves_the_run_and_gives_it_back(studio, launch, home, pool):
    run = launch(**LONG)
    worker = studio.worker(pool=pool)
    until(lambda: has_said(run, "point", 1))

    worker.send_signal(signal.SIGTERM)
    worker.wait(PATIENCE)

    job = Job.objects.get(pk=run.pk)
    assert (job.state, job.owner, job.failure) == (JobState.QUEUED, "", None)
    assert run.checkpoints.exists(), "nothing that was trained is lost"
    assert not engines(home)


def test_a_run_given_back_goes_on_with_the_next_worker(studio, launch):
    run = launch(steps=40)
    worker = studio.worker("device-1")
    until(lambda: has_said(run, "point", 3))
    with standing_still(studio.home):
        worker.send_signal(signal.SIGTERM)
        until(lambda: run.run_dir.control().want == "pause")
    worker.wait(PATIENCE)
    saved = run.checkpoints.newest_first().first()
    assert saved.step < 40

    studio.scheduler()
    studio.worker("device-2")
    until(lambda: Job.objects.get(pk=run.pk).is_over)

    run.refresh_from_db()
    assert (run.state, run.step, run.takeovers) == (JobState.FINISHED, 40, 0)
    assert f"going on from step-{saved.step:06d}" in log_of(run)


def test_an_engine_that_is_killed_fails_its_run_with_a_remedy(studio, launch, home):
    run = launch(**LONG)
    studio.worker()
    until(lambda: has_said(run, "point", 1))

    kill_engines(home)
    until(lambda: Job.objects.get(pk=run.pk).is_over)

    run.refresh_from_db()
    assert (run.state, run.failure["type"]) == (JobState.FAILED, "lost_process")
    assert "memory" in told(run.failure["remedy"])
