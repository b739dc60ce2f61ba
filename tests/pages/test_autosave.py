"""The editor's autosave: acknowledged is saved, and what is sent twice is saved once."""

import json

import pytest

from authoring.actions import pairs
from authoring.models import Pair, Revision

pytestmark = pytest.mark.django_db


@pytest.fixture
def save(at):
    """save(browser, task, …) → what the server answers to the editor's JSON."""

    def saved(browser, task, pair=None, **fields):
        url = at("autosave", pk=pair.pk) if pair else at("autosave_new")
        body = {
            "task": str(task.pk),
            "turn": "Say hello",
            "response": "",
            "language": "en",
            **fields,
        }
        return browser.post(url, json.dumps(body), content_type="application/json")

    return saved


def test_the_first_save_makes_the_pair_and_says_where_it_lives(browse, at, save, chat, ada):
    answer = save(browse(ada), chat, draft="key-1", revision=None)
    pair = Pair.objects.get()
    assert answer.status_code == 201
    assert answer.json()["revision"] == 1
    assert answer.json()["url"] == at("autosave", pk=pair.pk)
    assert answer.json()["page"] == at("pair_edit", pk=pair.pk)
    assert answer.json()["heading"] == f"Pair {pair}"


def test_a_first_save_sent_twice_makes_one_pair(browse, save, chat, ada):
    browser = browse(ada)
    save(browser, chat, draft="key-1", response="He")
    again = save(browser, chat, draft="key-1", response="Hello")
    assert Pair.objects.get().head.response == "Hello"
    assert again.json()["revision"] == 2


def test_the_same_key_of_another_person_is_another_pair(browse, save, chat, ada, rui):
    save(browse(ada), chat, draft="key-1")
    save(browse(rui), chat, draft="key-1")
    assert Pair.objects.count() == 2


def test_a_plain_submit_after_the_first_autosave_continues_its_pair(browse, at, save, chat, ada):
    browser = browse(ada)
    save(browser, chat, draft="key-1", response="Hel")
    fields = {"task": chat.pk, "turn": ["Say hello"], "response": "Hello!", "language": "en"}
    browser.post(at("pair_new"), fields | {"draft": "key-1", "deed": "submit"})
    assert Pair.objects.get().state == "submitted"


def test_each_change_is_a_revision_and_no_change_is_none(browse, save, chat, ada, write):
    pair = write("Say hello")
    browser = browse(ada)
    assert save(browser, chat, pair, revision=1, response="Hi").json()["revision"] == 2
    assert save(browser, chat, pair, revision=2, response="Hi").json()["revision"] == 2
    assert Revision.objects.count() == 2


def test_several_turns_come_as_a_list(browse, save, chat, ada, write):
    pair = write("Say hello")
    save(browse(ada), chat, pair, revision=1, turn=["Hi", "Hello.", "Bye"])
    pair.refresh_from_db()
    assert [turn["content"] for turn in pair.head.turns] == ["Hi", "Hello.", "Bye"]


def test_a_conflict_answers_with_both_texts_and_keeps_both(browse, save, chat, ada, olga, write):
    pair = write("Say hello")
    pairs.write(pair=pair, content={"response": "Olga was here"}, by=olga)
    answer = save(browse(ada), chat, pair, revision=1, response="Ada <too>")
    assert answer.status_code == 409
    assert answer.json()["revision"] == 2
    assert "Olga" in answer.json()["html"]
    assert "Ada &lt;too&gt;" in answer.json()["html"].replace("</ins>", "")
    assert {one.response for one in pair.revisions.all()} == {"", "Olga was here", "Ada <too>"}


def test_a_field_that_is_not_valid_is_named(browse, save, chat, ada, write):
    pair = write("Say hello")
    answer = save(browse(ada), chat, pair, revision=1, tags="t" * 61)
    assert answer.status_code == 400
    assert "tags" in answer.json()["errors"]
    assert Revision.objects.count() == 1


@pytest.mark.parametrize(
    "body", ["", "no json", "[]", "7", '{"task": {"a": 1}}', '{"turn": [1, null]}']
)
def test_a_broken_body_is_refused_in_words(browse, at, chat, ada, body):
    answer = browse(ada).post(at("autosave_new"), body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert not Pair.objects.exists()


def test_a_session_that_is_over_redirects_and_saves_nothing(browse, save, chat, write):
    pair = write("Say hello")
    answer = save(browse(None), chat, pair, revision=1, response="lost?")
    assert answer.status_code == 302
    assert Revision.objects.count() == 1


def test_a_save_needs_the_csrf_token(at, chat, ada):
    from django.test import Client

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada)
    answer = browser.post(at("autosave_new"), "{}", content_type="application/json")
    assert answer.status_code == 403
