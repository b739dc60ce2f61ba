"""Idempotency-Key: a POST that is sent again does nothing twice, also while the first is under way."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from authoring.models import IdempotentReply, Pair, Snapshot

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PAIRS = "/api/v1/projects/letters/pairs/"
BODY = {"task": "chat", "instruction": "Say hello", "response": "Hello!"}


def post(client, body=BODY, key="one", url=PAIRS, **options):
    return client.post(url, body, headers={"Idempotency-Key": key}, **options)


def test_the_same_request_again_gets_the_same_answer(rest, ada, chat):
    client = rest(ada)
    first, again = post(client), post(client)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    assert again["Idempotent-Replay"] == "true"
    assert Pair.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(rest, ada, chat):
    client = rest(ada)
    post(client)
    refused = post(client, BODY | {"response": "Hi!"})
    assert refused.status_code == 422
    assert refused.json()["remedy"]
    assert Pair.objects.count() == 1


def test_another_address_under_the_same_key_is_refused(rest, ada, write):
    client, pair = rest(ada), write("Say hello", "Hello!")
    post(client)
    assert post(client, url=f"/api/v1/pairs/{pair.pk}/submission/").status_code == 422


def test_another_key_does_it_again(rest, ada, chat):
    client = rest(ada)
    post(client), post(client, key="two")
    assert Pair.objects.count() == 2


def test_another_persons_key_is_another_key(rest, ada, rui, chat):
    post(rest(ada)), post(rest(rui))
    assert Pair.objects.count() == 2


def test_a_refused_request_may_be_mended_under_the_same_key(rest, ada, chat):
    client = rest(ada)
    assert post(client, BODY | {"task": "poetry"}).status_code == 400
    assert not IdempotentReply.objects.exists()
    assert post(client).status_code == 201


def test_a_request_that_crashed_leaves_nothing_and_may_be_sent_again(rest, ada, chat, monkeypatch):
    client = rest(ada)
    client.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr("authoring.api.pairs.WrittenSerializer", None)
        assert post(client).status_code == 500
    assert not Pair.objects.exists()
    assert post(client).status_code == 201
    assert Pair.objects.count() == 1


def test_an_uploaded_file_counts_as_part_of_the_body(rest, ada, chat):
    client = rest(ada)

    def upload(rows: bytes):
        body = {"task": "chat", "file": SimpleUploadedFile("in.jsonl", rows)}
        url = "/api/v1/projects/letters/imports/"
        return post(client, body, url=url, format="multipart")

    first, again = upload(b'{"instruction": "a"}'), upload(b'{"instruction": "a"}')
    assert first.json()["id"] == again.json()["id"]
    assert upload(b'{"instruction": "b"}').status_code == 422


def test_a_key_that_is_too_long_is_refused(rest, ada, chat):
    assert post(rest(ada), key="x" * 201).status_code == 400


def test_reading_is_never_replayed(rest, ada, write):
    client = rest(ada)
    before = client.get(PAIRS, headers={"Idempotency-Key": "one"}).json()["count"]
    write("Say hello")
    assert client.get(PAIRS, headers={"Idempotency-Key": "one"}).json()["count"] == before + 1


def test_what_keeps_nothing_holds_no_lock_and_stores_no_answer(rest, olga, approve):
    for number in range(12):
        approve(f"Question {number}", "Yes")
    client, url = rest(olga), "/api/v1/projects/letters/snapshot-plans/"
    answers = [post(client, {}, url=url), post(client, {"seed": 5}, url=url)]
    assert [one.status_code for one in answers] == [200, 200], "another body is another question"
    assert not IdempotentReply.objects.exists()


FREEZE = "/api/v1/projects/letters/snapshots/"


def test_a_view_that_plans_first_leaves_nothing_of_a_refusal_or_a_crash(
    rest, olga, project, approve, monkeypatch
):
    client = rest(olga)
    client.raise_request_exception = False
    assert post(client, {}, url=FREEZE).status_code == 422
    for number in range(12):
        approve(f"Question {number}", "Yes")
    with monkeypatch.context() as broken:
        broken.setattr("authoring.api.snapshots.SnapshotDetailSerializer", None)
        assert post(client, {}, url=FREEZE).status_code == 500
    assert not Snapshot.objects.exists()
    assert not IdempotentReply.objects.exists()
    first, again = post(client, {}, url=FREEZE), post(client, {}, url=FREEZE)
    assert (first.status_code, again["Idempotent-Replay"]) == (201, "true")
    assert first.json() == again.json()
    assert post(client, {"name": "another"}, url=FREEZE).status_code == 422
    assert Snapshot.objects.count() == 1
