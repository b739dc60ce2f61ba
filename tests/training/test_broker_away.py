"""Redis, or every worker, is away when a run is launched: it is queued all the same, and runs later."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.db import connections

from authoring.announce import PATIENCE as PATIENCE_OF_PAGES
from tests.training.studio import PATIENCE, until
from training.announce import announce_now
from training.models import Job
from training.states import JobState

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]


def test_a_run_launched_without_a_broker_runs_once_the_broker_is_back(studio, launch, settings):
    there = settings.CELERY_BROKER_URL
    settings.CELERY_BROKER_URL = there.replace("redis.sock", "nobody.sock")
    run = launch()
    assert Job.objects.get(pk=run.pk).state == JobState.QUEUED
    settings.CELERY_BROKER_URL = there

    studio.worker()
    studio.scheduler()
    until(lambda: Job.objects.get(pk=run.pk).is_over)

    assert Job.objects.get(pk=run.pk).state == JobState.FINISHED


def test_a_run_launched_without_a_worker_runs_once_one_is_there(studio, launch):
    run = launch()

    studio.worker()
    until(lambda: Job.objects.get(pk=run.pk).is_over)

    assert Job.objects.get(pk=run.pk).state == JobState.FINISHED


def test_a_broker_that_hangs_does_not_hang_the_launch(studio, launch, settings, monkeypatch):
    monkeypatch.setitem(PATIENCE_OF_PAGES, "socket_timeout", 1.0)
    with redis.Redis.from_url(settings.CELERY_BROKER_URL.replace("redis+socket", "unix")) as client:
        server = client.info()["process_id"]
    os.kill(server, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(1) as pool:
            announced = pool.submit(announce_now, 1).result(PATIENCE)
            run = pool.submit(_launch_and_close, launch).result(PATIENCE)
    finally:
        os.kill(server, signal.SIGCONT)

    assert not announced
    assert Job.objects.get(pk=run.pk).state == JobState.QUEUED


def _launch_and_close(launch):
    try:
        return launch()
    finally:
        connections.close_all()
