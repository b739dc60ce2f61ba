"""A backup taken while a run trains restores, elsewhere, to a studio that takes the run up and ends it."""

import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import call_command

from tests.servers.sqlite import database_in
from tests.training.processes import engines, has_said, log_of
from tests.training.studio import Studio, until
from training.models import Job, Run
from training.states import JobState

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]


def restore(archive, environment):
    """As whoever runs a studio types it."""
    command = [sys.executable, "manage.py", "restore", str(archive)]
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_the_run_goes_on_in_the_restored_studio_from_a_checkpoint_in_the_backup(
    studio, launch, tmp_path
):
    run = launch(steps=300, checkpoint_every=10)
    (studio.home / "keys").mkdir(exist_ok=True)
    (studio.home / "keys" / "secret_key").write_text("k" * 50)
    worker = studio.worker("device-1")
    until(lambda: has_said(run, "checkpoint", 10))
    until(lambda: run.checkpoints.filter(step__gte=10).exists())

    archive, other = tmp_path / "backup.tar.gz", tmp_path / "other"
    call_command("backup", to=archive)
    meanwhile = Job.objects.get(pk=run.pk)
    studio.kill(worker)
    assert meanwhile.state == JobState.RUNNING, "it was trained while it was backed up"
    until(lambda: not engines(studio.home))
    studio.home.joinpath("runs").rename(tmp_path / "gone")  # only the backup is left to read

    other.mkdir()
    restored = Studio(
        other, studio.environment["REDIS_URL"], f"sqlite:///{other / 'studio.sqlite3'}"
    )
    restored.environment["LEASE_DEAD_AFTER_SECONDS"] = "4"  # whoever held the run is not there
    restore(archive, restored.environment)
    assert (other / "keys" / "secret_key").read_text() == "k" * 50
    with database_in(other / "studio.sqlite3"):
        kept = Run.objects.get(pk=run.pk)
        newest = kept.checkpoints.newest_first().first().step
        assert (kept.state, newest >= 10) == (JobState.RUNNING, True)
        try:
            restored.scheduler()
            restored.worker("device-2")
            until(lambda: Job.objects.get(pk=run.pk).is_over)
        finally:
            restored.end()
            print(restored.logs())
        kept.refresh_from_db()
        assert (kept.state, kept.failure, kept.fence, kept.step) == ("finished", None, 2, 300)
        assert f"going on from step-{newest:06d}" in log_of(kept)
        assert [step for step, _ in kept.values_of("train/loss")] == list(range(1, 301))
