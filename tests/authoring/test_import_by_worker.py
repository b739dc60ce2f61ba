"""A large file, checked and written by a real worker that a real Redis told about it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from authoring import announce
from authoring.actions import imports
from authoring.models import Import
from tests.servers import redis
from tests.training.studio import PATIENCE, Studio, until

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.redis,
    pytest.mark.database,
    pytest.mark.usefixtures("database_url"),
]
ROWS = 12_000


@pytest.fixture
def studio(database_url: str, tmp_path: Path, settings, monkeypatch) -> Iterator[Studio]:
    for one in ("socket_connect_timeout", "socket_timeout"):
        monkeypatch.setitem(announce.PATIENCE, one, PATIENCE)
    with redis.server() as broker_url:
        settings.CELERY_BROKER_URL = broker_url
        made = Studio(tmp_path, broker_url, database_url)
        try:
            yield made
        finally:
            made.end()
            print(made.logs())  # pytest shows it where the test failed


def becomes(made: Import, state: str) -> Import:
    return until(lambda: Import.objects.filter(pk=made.pk, state=state).first())


def test_the_worker_checks_and_writes_what_is_too_large_for_a_request(studio, project, chat, ada):
    rows = (
        json.dumps({"instruction": f"Question {n}?", "response": "An answer. " * 8})
        for n in range(ROWS)
    )
    file = ContentFile("\n".join([*rows, "{broken"]).encode(), name="rows.jsonl")
    assert file.size > imports.AT_ONCE
    studio.worker()
    uploaded = imports.upload(project=project, task=chat, file=file, by=ada)
    assert uploaded.state == "uploaded"
    checked = becomes(uploaded, "checked")
    assert (checked.rows_good, checked.rows_bad) == (ROWS, 1)
    assert not checked.pairs.exists()
    committed = becomes(imports.commit(dataset_import=checked, by=ada), "committed")
    assert committed.rows_done == committed.pairs.count() == ROWS
