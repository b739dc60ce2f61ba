"""Everything is killed in mid-queue, one after the other: nothing is lost, and nothing runs twice."""

import pytest
from django.db import connection, connections

from tests.servers import postgres, redis
from tests.training.processes import engines, has_said, standing_still
from tests.training.studio import until
from training.models import Job
from training.states import JobState

pytestmark = [pytest.mark.redis, pytest.mark.database, pytest.mark.django_db(transaction=True)]

STEPS = 40


def test_the_queue_goes_on_after_redis_scheduler_worker_and_database_were_killed(
    studio, launch, settings
):
    first, second, third = (launch(steps=STEPS, checkpoint_every=10) for _ in range(3))
    scheduler, worker = studio.scheduler(), studio.worker("device-1")
    until(lambda: has_said(first, "point", 2))

    with standing_still(studio.home):
        redis.restart(settings.CELERY_BROKER_URL)
        studio.kill(scheduler)
        restart_database()
    until(lambda: has_said(first, "checkpoint", 10))
    with standing_still(studio.home):
        until(lambda: first.checkpoints.exists())
        studio.kill(worker)
    studio.scheduler()
    studio.worker("device-2")
    until(lambda: not Job.objects.exclude(state=JobState.FINISHED).exists())

    for run, attempts in ((first, 2), (second, 1), (third, 1)):
        run.refresh_from_db()
        assert (run.fence, run.failure) == (attempts, None)
        assert [step for step, _ in run.values_of("train/loss")] == list(range(1, STEPS + 1))
    assert not engines(studio.home)


def restart_database() -> None:
    """SQLite has no server that could be killed: its file is what every worker here opens."""
    if connection.vendor == "postgresql":
        connections.close_all()
        postgres.restart(str(connection.settings_dict["HOST"]))
