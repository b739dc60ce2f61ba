"""The broker delivers a message again while its job is at work: the job is not run twice."""

import pytest

from tests.training.processes import LONG, engines, has_said
from tests.training.studio import until
from training.announce import announce_now
from training.models import Job
from training.states import JobState

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]


def test_messages_that_find_a_live_lease_do_nothing(studio, launch, home):
    run = launch(**LONG)
    studio.worker("device-1")
    until(lambda: has_said(run, "point", 1))
    studio.worker("device-2")

    for _ in range(3):
        until(lambda: announce_now(run.pk))
    until(lambda: studio.logs().count("succeeded in") >= 3)

    job = Job.objects.get(pk=run.pk)
    assert (job.state, job.fence) == (JobState.RUNNING, 1)
    assert len(engines(home)) == 1
    assert [one.name for one in (home / "runs" / str(run.pk) / "attempts").iterdir()] == ["1"]


def test_a_message_that_redis_redelivers_after_its_visibility_timeout_does_nothing(
    studio, launch, home
):
    studio.environment["VISIBILITY_TIMEOUT_SECONDS"] = "1"
    run = launch(**LONG)
    studio.worker("device-1")
    until(lambda: has_said(run, "point", 1))
    assert studio.logs().count("succeeded in") == 0, "the message is not acknowledged yet"

    studio.worker("device-2")
    until(lambda: studio.logs().count("succeeded in") >= 1)

    job = Job.objects.get(pk=run.pk)
    assert (job.state, job.fence) == (JobState.RUNNING, 1)
    assert len(engines(home)) == 1
