"""Long names, long lists and large bodies are refused with words, not with exhaustion (CVE-2024-6838)."""

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from authoring.models import Pair

pytestmark = pytest.mark.django_db
PAIRS = "/api/v1/projects/letters/pairs/"


@pytest.fixture
def small(settings):
    """Limits that a test reaches quickly."""
    settings.UPLOAD_LIMIT = 200_000
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100_000
    settings.FIELD_LIMIT = 10_000


def upload(size: int) -> dict:
    return {"file": SimpleUploadedFile("rows.jsonl", b"x" * size), "task": "chat"}


def test_an_upload_over_the_limit_is_413_over_rest(script, ada, chat, small):
    for size in (200_001, 3_000_000):  # found by the action, and at the door
        address = "/api/v1/projects/letters/imports/"
        answer = script(ada).post(address, upload(size), format="multipart")
        assert answer.status_code == 413
        assert "at most" in answer.json()["detail"]
        assert answer.json()["remedy"]


def test_an_upload_over_the_limit_is_413_on_the_page(browse, ada, chat, small):
    page = "http://testserver/p/letters/imports/new/"
    for size in (200_001, 3_000_000):
        sent = upload(size) | {"task": chat.pk}
        answer = browse(ada).post(page, sent, headers={"Referer": page})
        assert answer.status_code == 413
        assert "at most" in answer.content.decode()
        assert "gzip" in answer.content.decode()
    assert f'href="{page}"' in answer.content.decode(), "the larger never reached a view"
    elsewhere = browse(ada).post(page, sent, headers={"Referer": "https://evil.example/"})
    assert "evil" not in elsewhere.content.decode()


def test_a_body_over_the_limit_is_413_everywhere(script, browse, ada, chat, small):
    body = {"task": "chat", "instruction": "x" * 200_000}
    for headers in ({}, {"Idempotency-Key": "one"}):
        answer = script(ada).post(PAIRS, body, headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (413, 413)
    saved = browse(ada).post(
        "/p/letters/write/autosave/", json.dumps(body), content_type="application/json"
    )
    assert saved.status_code == 413
    assert saved.json()["detail"]
    page = browse(ada).post(
        "/p/letters/write/", {"task": chat.pk, "language": "en", "turn": "x" * 60_000}
    )
    assert page.status_code == 413  # one field over its own limit
    typed = "turn=" + "x" * 200_000
    page = browse(ada).post("/p/letters/write/", typed, "application/x-www-form-urlencoded")
    assert page.status_code == 413
    assert "Shorten the text" in page.content.decode()
    assert not Pair.objects.exists()


@pytest.mark.parametrize(
    "field", ["instruction", "response", "system", "input", "source", "licence"]
)
def test_a_field_over_its_limit_is_named(script, ada, chat, small, field):
    body = {"task": "chat", "instruction": "a", "response": "b", field: "x" * 11_000}
    answer = script(ada).post(PAIRS, body)
    assert answer.status_code in {400, 413}
    assert field in answer.json()["errors"]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("projects/", {"name": "x" * 5000}, "name"),
        ("projects/", {"name": "x", "description": "x" * 5000}, "description"),
        ("projects/letters/tasks/", {"name": "x" * 5000, "kind": "chat"}, "name"),
        (
            "projects/letters/tasks/",
            {"name": "x", "kind": "chat", "labels": ["x" * 5000]},
            "labels",
        ),
        (
            "projects/letters/pairs/",
            {"task": "chat", "instruction": "a", "tags": ["x" * 5000]},
            "tags",
        ),
        (
            "projects/letters/pairs/",
            {"task": "chat", "instruction": "a", "tags": ["x"] * 5000},
            "tags",
        ),
        (
            "projects/letters/invitations/",
            {"email": f"{'x' * 5000}@example.org", "role": "author"},
            "email",
        ),
        ("projects/letters/snapshots/", {"name": "x" * 5000}, "name"),
        (
            "projects/letters/pair-batches/",
            {"deed": "delete", "pairs": list(range(1, 100_001))},
            "pairs",
        ),
        ("tokens/", {"name": "x" * 5000}, "name"),
        ("base-models/", {"source": "scratch", "name": "x" * 5000}, "name"),
    ],
)
def test_what_is_too_long_is_400_and_named(script, olga, chat, path, body, field):
    answer = script(olga).post(f"/api/v1/{path}", body)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_a_page_of_a_list_holds_at_most_five_hundred(script, ada, chat):
    Pair.objects.bulk_create(Pair(project=chat.project, task=chat, author=ada) for _ in range(510))
    from authoring.models import Revision

    for pair in Pair.objects.all():
        head = Revision.objects.create(pair=pair, number=1, author=ada, turns=[])
        Pair.objects.filter(pk=pair.pk).update(head=head)
    answer = script(ada).get(PAIRS, {"page_size": 10**9})
    assert len(answer.json()["results"]) == 500


def test_a_search_of_many_words_stays_one_query(script, ada, chat):
    assert script(ada).get(PAIRS, {"q": "word " * 600}).status_code == 200
