"""Whether somebody will work on the queue: asked of a real broker and a real worker."""

import pytest
from django.core.cache import cache

from tests.training.studio import until
from training import workers
from training.lease import claim

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]


def asked_anew() -> workers.WorkersStatus:
    cache.clear()
    return workers.status()


def test_without_a_broker_its_absence_is_the_warning(no_broker, db):
    status = workers.status()

    assert (status.broker, status.device) == (False, False)
    assert [one.message for one in status.warnings] == [
        "The message broker (Redis) does not answer."
    ]


def test_without_a_device_worker_that_is_the_warning(studio):
    status = until(lambda: (found := asked_anew()).broker and found)

    assert not status.device
    assert "celery -A instructstudio worker -Q device" in status.warnings[0].remedy


def test_a_device_worker_that_answers_leaves_nothing_to_warn_of(studio):
    studio.worker()

    status = until(lambda: (found := asked_anew()).device and found)

    assert status.warnings == []


def test_a_worker_at_work_counts_even_if_it_does_not_answer(studio, launch):
    launch()
    claim("somebody")

    assert workers.status().device


def test_an_answer_is_believed_for_a_few_seconds(studio, settings, monkeypatch):
    monkeypatch.setattr(workers, "FRESH_SECONDS", 600)  # however long this test takes
    first = workers.status()
    settings.CELERY_BROKER_URL = settings.CELERY_BROKER_URL.replace("redis.sock", "nobody.sock")

    assert workers.status() == first
