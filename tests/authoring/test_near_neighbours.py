"""The coach finds pairs that are nearly the same, in the same task, and not what merely sounds alike."""

import pytest

from authoring.coach import Draft
from authoring.models import Pair
from authoring.neighbours import nearest

pytestmark = pytest.mark.django_db
LONG = "where is my order, it has been nine days and nothing came"


def draft(text, instruction="Say something"):
    return Draft("", [{"role": "user", "content": instruction}], text, "")


def found(text, task, **more):
    return [one.pair for one in nearest(draft(text), task, **more)]


def test_a_text_with_one_word_changed_is_near(write, chat):
    pair = write("Say something", input=LONG)
    assert found(LONG.replace("nine", "ten"), chat) == [pair.pk]


def test_chinese_texts_are_compared_too(write, chat):
    pair = write("Say something", input="我上周买的书到现在还没有收到，请帮我查一下")
    assert found("我上周买的书到现在还没有收到，请帮我查一查", chat) == [pair.pk]


def test_a_text_about_the_same_thing_is_not_near(write, chat):
    write("Say something", input=LONG)
    assert found("my order came after nine days, nothing else to say", chat) == []


def test_the_tasks_own_instruction_makes_nothing_alike(write, intent):
    write(intent.instruction, task=intent, input="I want my money back")
    other = Draft("", [{"role": "user", "content": intent.instruction}], "cancel it, please", "")
    assert nearest(other, intent) == []


def test_other_tasks_deleted_pairs_and_the_pair_itself_do_not_count(write, chat, intent, ada):
    from authoring.actions import pairs

    pair = write("Say something", input=LONG)
    assert found(LONG, chat, besides=pair) == []
    assert found(LONG, intent) == []
    pairs.delete(pair=pair, by=ada)
    assert found(LONG, chat) == []


def test_a_very_short_text_resembles_nothing(write, chat):
    write("", input="hi you")
    assert nearest(draft("hi you", instruction=""), chat) == []


def test_over_rest_the_coach_says_what_it_says_in_the_editor_and_keeps_nothing(
    rest, ada, vera, write, intent
):
    there = write("Book me a table for two on Friday evening", "book", task=intent)
    text = {"task": "intent", "instruction": there.head.instruction, "response": "Refund it."}
    client, url = rest(ada), "/api/v1/projects/letters/coach/"
    found = {one["code"]: one for one in client.post(url, text).json()}
    assert found["label_outside_the_set"]["field"] == "response"
    assert "refund" in found["label_outside_the_set"]["advice"]
    assert found["near_duplicate"]["pair"] == there.pk
    own = client.post(url, text | {"pair": there.pk}).json()
    assert "near_duplicate" not in {one["code"] for one in own}
    assert client.post(url, text | {"task": "poems"}).status_code == 400
    assert rest(vera).post(url, text).status_code == 403
    assert Pair.objects.count() == 1
