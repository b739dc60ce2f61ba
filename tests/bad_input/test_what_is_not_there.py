"""A full disk, a dead Redis, a worker that isn't running: said with the remedy, and nothing is lost."""

import json
import resource
import signal
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from authoring.models import Import, Pair
from tests.bad_input.conftest import told
from training.models import Run
from training.states import JobState

pytestmark = pytest.mark.django_db
ROWS = b'{"instruction": "Say hello", "response": "Hello!"}\n' * 4000


@contextmanager
def files_at_most(size: int):
    """No file of this process grows beyond so many bytes: what a full disk does to a write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


@pytest.mark.parametrize("in_memory", [True, False], ids=["kept in memory", "kept on the disk"])
def test_a_file_for_which_there_is_no_room_is_refused_and_leaves_no_trace(
    way, browse, rest, ada, chat, tmp_path, settings, in_memory
):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10**6 if in_memory else 1000
    file = SimpleUploadedFile("rows.jsonl", ROWS)
    client, page = rest(ada), browse(ada)
    page.raise_request_exception = client.raise_request_exception = False
    with files_at_most(50_000):
        if way == "page":
            answer = told(page.post("/p/letters/imports/new/", {"file": file, "task": chat.pk}))
        else:
            path = "/api/v1/projects/letters/imports/"
            answer = told(client.post(path, {"file": file, "task": "chat"}, format="multipart"))
    assert answer.status == 503
    assert "Make room" in answer.text
    assert not Import.objects.exists()


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL's disk is its own")
@pytest.mark.django_db(transaction=True)
def test_a_text_for_which_the_database_has_no_room_is_refused_in_words(browse, rest, ada, chat):
    client, page = rest(ada), browse(ada)
    page.raise_request_exception = client.raise_request_exception = False
    text = "x" * 900_000
    body = {"task": "chat", "instruction": text, "response": "b"}
    with connection.cursor() as cursor:
        used = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {used + 20}")
    try:
        answers = [
            client.post("/api/v1/projects/letters/pairs/", body),
            client.post("/api/v1/projects/letters/pairs/", body, headers={"Idempotency-Key": "1"}),
            page.post(
                "/p/letters/write/autosave/",
                json.dumps({"task": chat.pk, "turn": [text], "language": "en", "draft": "1"}),
                "application/json",
            ),
            page.post("/p/letters/write/", {"task": chat.pk, "turn": text, "language": "en"}),
        ]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA max_page_count = 4294967294")
    for answer in answers:
        assert answer.status_code == 503
        assert "The disk is full" in answer.content.decode()
        assert "Make room" in answer.content.decode()
    assert not Pair.objects.exists()
    again = client.post("/api/v1/projects/letters/pairs/", body, headers={"Idempotency-Key": "1"})
    assert again.status_code == 201, "the same request, once there is room"


def test_a_run_for_which_there_is_no_room_is_not_queued(launch, settings):
    settings.DISK_RESERVE = 10**18
    answer = launch()
    assert answer.status == 503
    assert "MiB are free" in answer.text
    assert "Delete old checkpoints" in answer.text
    assert not Run.objects.exists()


def test_without_redis_a_run_waits_and_that_is_said(way, launch, browse, rest, tao):
    assert launch().status in {201, 302}
    run = Run.objects.get()
    assert run.state == JobState.QUEUED
    shown = (
        told(browse(tao).get(f"/p/letters/runs/{run.number}/"))
        if way == "page"
        else told(rest(tao).get(f"/api/v1/runs/{run.pk}/"))
    )
    assert "The message broker (Redis) does not answer." in shown.text
    assert "make run" in shown.text


@pytest.mark.redis
def test_without_a_worker_a_run_waits_and_that_is_said(way, launch, browse, rest, tao, settings):
    from tests.servers import redis

    with redis.server() as settings.CELERY_BROKER_URL:
        assert launch().status in {201, 302}
        run = Run.objects.get()
        shown = (
            told(browse(tao).get(f"/p/letters/runs/{run.number}/"))
            if way == "page"
            else told(rest(tao).get(f"/api/v1/runs/{run.pk}/"))
        )
    assert "No device worker is running" in shown.text
    assert "celery -A instructstudio worker -Q device" in shown.text


def test_without_redis_a_large_file_waits_and_nothing_of_it_is_lost(
    way,
    browse,
    rest,
    ada,
    chat,
    no_broker,
    monkeypatch,
):
    from authoring.actions import imports

    monkeypatch.setattr(imports, "AT_ONCE", 100)
    file = SimpleUploadedFile("rows.jsonl", ROWS)
    if way == "page":
        answer = browse(ada).post(
            "/p/letters/imports/new/", {"file": file, "task": chat.pk}, follow=True
        )
    else:
        path = "/api/v1/projects/letters/imports/"
        answer = rest(ada).post(path, {"file": file, "task": "chat"}, format="multipart")
    assert answer.status_code in {200, 201}
    waiting = Import.objects.get()
    assert waiting.state == "uploaded"
    imports.work(dataset_import=waiting)  # as the scheduler's next look has it done
    waiting.refresh_from_db()
    assert (waiting.state, waiting.rows_good) == ("checked", 4000)


def test_without_redis_people_still_write_and_review(browse, ada, rui, submit, no_broker):
    pair = submit("Say hello", "Hello!")
    verdict = {"verdict": "approve", "revision": pair.head.pk}
    assert browse(rui).post("/p/letters/review/", verdict).status_code == 302
    assert Pair.objects.get().state == "approved"
    assert browse(ada).get("/p/letters/").status_code == 200
