"""What is too old goes, hourly; nothing that a worker reads or a person has yet to decide about."""

import json
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from authoring.actions import imports, people
from authoring.models import AccessLink, IdempotentReply, Import, Task
from instructstudio.tasks import sweep
from training.models import Job, LogChunk

pytestmark = pytest.mark.django_db


@pytest.fixture
def came(settings, tmp_path, project, ada) -> Import:
    """A file of one good row, looked at long ago."""
    settings.MEDIA_ROOT = tmp_path / "files"
    row = json.dumps({"instruction": "Say hello", "response": "Hello!"})
    task = Task.objects.create(project=project, slug="chat", name="Chat", kind="chat")
    made = imports.upload(project=project, task=task, file=ContentFile(row, "in.jsonl"), by=ada)
    long_ago(Import.objects.filter(pk=made.pk), "created_at", "asked_at")
    return made


def long_ago(rows, *names: str) -> None:
    rows.update(**dict.fromkeys(names, timezone.now() - timedelta(days=400)))


def files(came: Import) -> list[str]:
    came.refresh_from_db()
    return [came.file.name] if came.file and came.file.storage.exists(came.file.name) else []


@pytest.mark.parametrize("state", ["committed", "failed"])
def test_the_file_of_an_import_that_is_over_goes(came, state, django_capture_on_commit_callbacks):
    Import.objects.update(state=state)
    kept = came.file.name
    with django_capture_on_commit_callbacks(execute=True):
        sweep()
    assert files(came) == []
    assert not came.file.storage.exists(kept)


@pytest.mark.parametrize("state", ["uploaded", "checked", "committing"])
def test_a_file_that_somebody_has_yet_to_read_or_to_decide_about_stays(came, state):
    Import.objects.update(state=state)
    sweep()
    assert files(came)


def test_its_days_are_counted_from_when_it_was_asked_for_last(came, ada):
    imports.commit(dataset_import=came, by=ada)
    sweep()
    assert files(came), "imported just now, uploaded long ago"


def test_days_are_what_the_settings_say(came, settings, django_capture_on_commit_callbacks):
    Import.objects.update(state="committed")
    settings.RETENTION_DAYS = settings.RETENTION_DAYS | {"imports": 500}
    sweep()
    assert files(came)


def test_logs_go_once_their_job_is_long_over_and_not_before(project, tao):
    for state, finished in (("finished", True), ("finished", False), ("running", False)):
        job = Job.objects.create(kind="run", project=project, created_by=tao, state=state)
        LogChunk.objects.create(job=job, fence=1, offset=0, text=f"{state} {finished}")
        Job.objects.filter(pk=job.pk).update(finished_at=timezone.now())
        if finished:
            long_ago(Job.objects.filter(pk=job.pk), "finished_at")
    sweep()
    assert set(LogChunk.objects.values_list("text", flat=True)) == {
        "finished False",
        "running False",
    }


def test_old_links_and_replies_go_and_new_ones_stay(project, olga):
    for email in ("old@example.org", "new@example.org"):
        people.invite(project=project, email=email, role="viewer", by=olga)
        IdempotentReply.objects.create(user=olga, key=email, status=201, body="")
    long_ago(AccessLink.objects.filter(email="old@example.org"), "expires_at")
    long_ago(IdempotentReply.objects.filter(key="old@example.org"), "created_at")
    sweep()
    assert AccessLink.objects.get().email == "new@example.org"
    assert IdempotentReply.objects.get().key == "new@example.org"
