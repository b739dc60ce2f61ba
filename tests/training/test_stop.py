"""Stop and pause, asked of a real engine at work."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connections

from authoring.actions import projects
from tests.training.processes import (
    LONG,
    engines,
    has_said,
    kill_engines,
    log_of,
    standing_still,
)
from tests.training.studio import PATIENCE, until
from training.actions import jobs
from training.models import Job
from training.runner import attempt
from training.states import JobState

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def working(studio, home, settings, monkeypatch):
    """working() → a worker's thread carries out the next job; ask it for its `.result()`."""
    settings.SHUTDOWN_SECONDS = PATIENCE  # no engine is killed for being slow to save
    monkeypatch.setattr(attempt, "TICK", 0.1)
    with ThreadPoolExecutor(1) as pool:  # its end waits for the thread, and so for the engine

        def work() -> bool:
            try:
                return attempt.work()
            finally:
                connections.close_all()

        yield lambda: pool.submit(work)
        kill_engines(home)


@contextmanager
def asked_at_work(run, working, home, *, want: str):
    """Some steps into the run its engine stands still, until what is asked inside has reached its control
    file; afterwards the worker has let go of it."""
    work = working()
    until(lambda: has_said(run, "point", 3))
    with standing_still(home):
        until(lambda: state(run) == JobState.RUNNING)
        yield
        until(lambda: run.run_dir.control().want == want)
    work.result(PATIENCE)


def state(run) -> str:
    return Job.objects.values_list("state", flat=True).get(pk=run.pk)


def test_a_run_that_is_still_starting_stops_before_its_first_step(working, launch, tao, home):
    run = launch(**LONG)
    work = working()
    until(lambda: engines(home))
    assert state(run) == JobState.STARTING

    jobs.stop(by=tao, job=run)
    work.result(PATIENCE)

    run.refresh_from_db()
    assert (run.state, run.failure, run.owner) == (JobState.STOPPED, None, "")
    assert run.finished_at is not None
    assert not run.values_of("train/loss")


def test_a_run_that_was_stopped_before_its_worker_got_to_it_starts_no_engine(working, launch, home):
    run = launch()
    Job.objects.filter(pk=run.pk).update(wants="stop")  # between the claim and the start

    working().result(PATIENCE)

    assert state(run) == JobState.STOPPED
    assert not (home / "runs").exists()


def test_a_running_run_saves_and_stops_and_a_retry_goes_on_from_there(working, launch, tao, home):
    run = launch(steps=40)
    with asked_at_work(run, working, home, want="stop"):
        jobs.stop(by=tao, job=run)

    run.refresh_from_db()
    assert (run.state, run.failure) == (JobState.STOPPED, None)
    saved = run.checkpoints.newest_first().first().step
    assert saved >= 3

    jobs.retry(by=tao, job=run)
    working().result(PATIENCE)

    run.refresh_from_db()
    assert (run.state, run.fence, run.step) == (JobState.FINISHED, 2, 40)
    assert f"going on from step-{saved:06d}" in log_of(run)


def test_a_paused_run_leaves_the_device_and_goes_on_when_resumed(working, launch, tao, home):
    run = launch(steps=40)
    with asked_at_work(run, working, home, want="pause"):
        jobs.pause(by=tao, job=run)
    assert state(run) == JobState.PAUSED
    assert not engines(home)
    assert not working().result(PATIENCE), "it is nobody's to claim"

    run.refresh_from_db()
    jobs.resume(by=tao, job=run)
    working().result(PATIENCE)

    run.refresh_from_db()
    assert (run.state, run.step) == (JobState.FINISHED, 40)


def test_a_run_of_a_deleted_project_saves_leaves_the_device_and_goes_on_when_it_is_back(
    working, launch, project, olga, home
):
    run = launch(steps=40)
    with asked_at_work(run, working, home, want="pause"):
        projects.delete(project=project, by=olga)
    run.refresh_from_db()
    assert (run.state, run.wants, run.owner, run.failure) == (JobState.QUEUED, "run", "", None)
    assert not engines(home)
    saved = run.checkpoints.newest_first().first().step
    assert saved >= 3
    assert not working().result(PATIENCE), "it is nobody's to claim"

    projects.restore(project=project, by=olga)
    working().result(PATIENCE)
    run.refresh_from_db()
    assert (run.state, run.fence, run.step) == (JobState.FINISHED, 2, 40)
    assert f"going on from step-{saved:06d}" in log_of(run)


def test_an_engine_that_does_not_end_in_time_is_killed(working, launch, tao, home, settings):
    run = launch(**LONG)
    settings.SHUTDOWN_SECONDS = 1
    work = working()
    until(lambda: Job.objects.get(pk=run.pk).step >= 1)
    [engine] = engines(home)
    os.kill(engine, signal.SIGSTOP)

    jobs.stop(by=tao, job=run)
    work.result(PATIENCE)

    run.refresh_from_db()
    assert (run.state, run.failure) == (JobState.STOPPED, None)
    assert "was killed" in log_of(run)


def test_a_checkpoint_asked_for_is_saved_while_the_run_goes_on(working, launch, tao):
    run = launch(**LONG)
    work = working()
    until(lambda: Job.objects.get(pk=run.pk).step >= 1)

    jobs.checkpoint_now(by=tao, job=run)
    until(lambda: run.checkpoints.exists())
    assert state(run) == JobState.RUNNING

    jobs.stop(by=tao, job=run)
    work.result(PATIENCE)


def test_a_worker_whose_lease_was_lost_kills_its_engine_and_leaves_the_job(working, launch, home):
    run = launch(**LONG)
    work = working()
    until(lambda: Job.objects.get(pk=run.pk).step >= 1)
    [engine] = engines(home)
    os.kill(engine, signal.SIGSTOP)  # it says nothing more that would be refused
    said = home / "runs" / str(run.pk) / "attempts/1/events.jsonl"
    until(lambda: Job.objects.get(pk=run.pk).events_offset == said.stat().st_size)

    Job.objects.filter(pk=run.pk).update(owner="heir", fence=2)
    work.result(PATIENCE)

    run.refresh_from_db()
    assert (run.state, run.owner, run.fence) == (JobState.RUNNING, "heir", 2)
    assert not engines(home)
