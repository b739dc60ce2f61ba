"""The database is away, or locked, for a while: the model trains on, and what it said is caught up."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections

from tests.training.processes import log_of
from tests.training.studio import PATIENCE, until
from training.models import Job
from training.runner import attempt
from training.states import JobState

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]


def test_a_locked_database_costs_a_run_nothing(studio, launch, home, caplog, monkeypatch):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has no lock of the whole database")
    run = launch(steps=150)
    monkeypatch.setattr(attempt, "TICK", 0.05)
    options = connections.settings["default"]["OPTIONS"]
    options["timeout"], patience = 0.1, options["timeout"]  # of connections made from now on

    def work() -> None:
        attempt.work()
        connections.close_all()

    try:
        with ThreadPoolExecutor(1) as pool:
            working = pool.submit(work)
            until(lambda: Job.objects.get(pk=run.pk).step >= 3)
            other = sqlite3.connect(home / "studio.sqlite3")
            other.execute("BEGIN IMMEDIATE")
            until(lambda: "the database is away" in caplog.text)
            other.rollback()
            other.close()
            working.result(PATIENCE)
    finally:
        options["timeout"] = patience

    run.refresh_from_db()
    assert (run.state, run.failure, run.fence) == (JobState.FINISHED, None, 1)
    assert [step for step, _ in run.values_of("train/loss")] == list(range(1, 151))
    assert log_of(run).count("Attempt 1") == 1
