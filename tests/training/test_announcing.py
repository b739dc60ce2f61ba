"""Announcements: one for each job that waits, and no more while nobody reads them."""

import pytest

from training import upkeep
from training.actions import jobs
from training.announce import announce_now, waiting_messages
from training.lease import claim
from training.models import Job
from training.states import JobState
from training.tasks import reannounce

pytestmark = [pytest.mark.redis, pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def unannounced(launch, settings):
    """unannounced(3) → three runs that the broker knows nothing of."""
    there = settings.CELERY_BROKER_URL

    def launched(count: int):
        settings.CELERY_BROKER_URL = there.replace("redis.sock", "nobody.sock")
        made = [launch() for _ in range(count)]
        settings.CELERY_BROKER_URL = there
        return made

    return launched


def test_a_launch_is_announced(studio, launch):
    launch()

    assert waiting_messages() == 1


def test_each_waiting_job_is_announced_once_however_often_the_scheduler_looks(studio, unannounced):
    unannounced(3)

    for _ in range(4):
        upkeep.announce_waiting()

    assert waiting_messages() == 3


def test_a_job_at_work_is_not_announced(studio, unannounced):
    unannounced(1)
    claim("worker")

    upkeep.announce_waiting()
    upkeep.announce_next()

    assert waiting_messages() == 0


def test_a_job_whose_worker_is_lost_is_announced(studio, unannounced):
    unannounced(1)
    claim("worker")
    Job.objects.update(heartbeat_at=None)

    upkeep.announce_waiting()

    assert waiting_messages() == 1


def test_what_breaks_before_it_keeps_no_job_from_being_announced(
    studio, unannounced, monkeypatch, caplog
):
    unannounced(1)
    monkeypatch.setattr(upkeep.chains, "settle", lambda: 1 / 0)

    reannounce()

    assert waiting_messages() == 1
    assert "ZeroDivisionError" in caplog.text


def test_a_job_asked_to_stop_whose_worker_is_lost_is_stopped(studio, unannounced, tao):
    stopped, other = unannounced(2)
    claim("worker")
    jobs.stop(by=tao, job=stopped)
    Job.objects.filter(pk=stopped.pk).update(heartbeat_at=None)

    upkeep.end_abandoned()

    stopped.refresh_from_db()
    other.refresh_from_db()
    assert (stopped.state, other.state) == (JobState.STOPPED, JobState.QUEUED)


def test_without_a_broker_announcing_says_no_and_looking_goes_on(no_broker, launch):
    launch()

    assert not announce_now(1)
    upkeep.announce_waiting()
