"""The editor without JavaScript: nothing typed is lost, whatever goes wrong."""

import re

import pytest

from authoring.actions import pairs, project_tasks, projects, reviews
from authoring.models import Pair, Revision, Task

pytestmark = pytest.mark.django_db


def typed(task, **fields):
    """What the editor's form sends."""
    fields = {
        "turn": ["Say hello"],
        "response": "Hello!",
        "language": "en",
        "deed": "save",
    } | fields
    return {"task": task.pk, **fields}


def test_a_new_pair_starts_with_what_its_task_starts_with(browse, at, intent, ada):
    page = browse(ada).get(at("pair_new") + "?task=intent").content.decode()
    assert intent.instruction in page


def test_a_project_without_a_task_says_what_to_do_first(browse, at, olga, project):
    page = browse(olga).get(at("pair_new")).content.decode()
    assert at("task_new") in page


def test_saving_writes_a_pair_and_stays_with_it(browse, at, chat, ada):
    answer = browse(ada).post(at("pair_new"), typed(chat, tags="greeting, short，polite"))
    pair = Pair.objects.get()
    assert answer.url == at("pair_edit", pk=pair.pk)
    assert pair.state == "draft"
    assert pair.head.instruction == "Say hello"
    assert pair.head.tags == ["greeting", "short", "polite"]


def test_submitting_hands_it_to_review_and_offers_the_next(browse, at, chat, ada):
    answer = browse(ada).post(at("pair_new"), typed(chat, deed="submit"))
    assert Pair.objects.get().state == "submitted"
    assert answer.url == at("pair_new") + "?task=chat"


def test_a_pair_without_a_response_is_kept_and_not_submitted(browse, at, chat, ada):
    answer = browse(ada).post(at("pair_new"), typed(chat, deed="submit", response=""))
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "Say hello" in page
    assert "Write the response first." in page, "the message stands at the field"
    assert "data-unsaved" not in page
    assert Pair.objects.get().state == "draft"


def test_a_form_that_is_not_valid_keeps_every_word(browse, at, chat, ada):
    answer = browse(ada).post(
        at("pair_new"), typed(chat, turn=["Say <hello>"], input="in", source="s" * 301)
    )
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "Say &lt;hello&gt;" in page
    assert "s" * 301 in page
    assert "data-unsaved" in page, "or the autosave would take it for saved"
    assert not Pair.objects.exists()


def test_a_text_over_the_limit_is_refused_with_its_status(browse, at, chat, ada, settings):
    settings.FIELD_LIMIT = 100
    answer = browse(ada).post(at("pair_new"), typed(chat, response="word " * 50))
    assert answer.status_code == 413
    assert "word word" in answer.content.decode()


def test_lines_end_the_way_they_do_everywhere_else(browse, at, chat, ada):
    browse(ada).post(at("pair_new"), typed(chat, response="one\r\ntwo"))
    assert Revision.objects.get().response == "one\ntwo"


def test_turns_are_added_and_taken_away_without_losing_a_word(browse, at, chat, ada):
    browser = browse(ada)
    more = browser.post(at("pair_new"), typed(chat, deed="add_turn", turn=["first"]))
    assert more.context["form"].turn_texts == ["first", "", ""]
    less = browser.post(at("pair_new"), typed(chat, deed="remove_turn", turn=["first", "b", "c"]))
    assert less.context["form"].turn_texts == ["first"]
    assert not Pair.objects.exists()


def test_several_turns_alternate_between_user_and_assistant(browse, at, chat, ada):
    browse(ada).post(at("pair_new"), typed(chat, turn=["Hi", "Hello. And you?", "Fine"]))
    roles = [turn["role"] for turn in Pair.objects.get().head.turns]
    assert roles == ["user", "assistant", "user"]


def test_an_edit_is_a_new_revision(browse, at, chat, ada, write):
    pair = write("Say hello", "Hello!")
    browse(ada).post(at("pair_edit", pk=pair.pk), typed(chat, response="Hi!", revision=1))
    pair.refresh_from_db()
    assert [one.response for one in pair.revisions.all()] == ["Hello!", "Hi!"]
    assert pair.head.number == 2


def test_what_the_editor_does_not_show_is_kept(browse, at, chat, ada, write):
    pair = write("Say hello", "Hello!", references=["Hi!"], extra={"tests": "assert True"})
    browse(ada).post(at("pair_edit", pk=pair.pk), typed(chat, response="Hey!", revision=1))
    pair.refresh_from_db()
    assert pair.head.response == "Hey!"
    assert pair.head.references == ["Hi!"]
    assert pair.head.extra == {"tests": "assert True"}


def test_other_acceptable_responses_are_edited_one_a_box(browse, at, chat, ada, write):
    pair = write("Say hello", "Hello!", references=["Hi!"])
    browser = browse(ada)
    page = browser.get(at("pair_edit", pk=pair.pk)).content.decode()
    assert page.count('name="reference"') == 2, "the one that there is, and an empty one"
    fields = typed(chat, revision=1, reference=["Hi!", "", "Good\r\nday!"])
    browser.post(at("pair_edit", pk=pair.pk), fields)
    pair.refresh_from_db()
    assert pair.head.references == ["Hi!", "Good\nday!"]


def test_emptied_boxes_take_the_other_responses_away(browse, at, chat, ada, write):
    pair = write("Say hello", "Hello!", references=["Hi!"])
    browse(ada).post(at("pair_edit", pk=pair.pk), typed(chat, revision=1, reference=["", ""]))
    pair.refresh_from_db()
    assert pair.head.references == []


@pytest.fixture
def code(project):
    return Task.objects.create(project=project, slug="code", name="Code", kind="code")


def test_unit_tests_are_written_beside_the_code(browse, at, code, ada, write):
    pair = write("Add", "a + b", task=code, extra={"tests": "assert 1", "id": 7})
    browser = browse(ada)
    assert 'name="tests"' in browser.get(at("pair_edit", pk=pair.pk)).content.decode()
    browser.post(at("pair_edit", pk=pair.pk), typed(code, revision=1, tests="assert 2\r\n"))
    pair.refresh_from_db()
    assert pair.head.extra == {"tests": "assert 2\n", "id": 7}
    assert "assert 2" in browser.get(at("pair", pk=pair.pk)).content.decode()
    browser.post(at("pair_edit", pk=pair.pk), typed(code, revision=2, tests=""))
    pair.refresh_from_db()
    assert pair.head.extra == {"id": 7}


def test_tests_that_came_as_a_list_stay_one_until_they_are_edited(browse, at, code, ada, write):
    pair = write("Add", "a + b", task=code, extra={"tests": ["assert 1", "assert 2"]})
    browser = browse(ada)
    fields = typed(code, revision=1, response="b + a", tests="assert 1\r\nassert 2")
    browser.post(at("pair_edit", pk=pair.pk), fields)
    pair.refresh_from_db()
    assert pair.head.response == "b + a"
    assert pair.head.extra == {"tests": ["assert 1", "assert 2"]}


def test_only_code_asks_for_unit_tests(browse, at, chat, code, ada):
    browser = browse(ada)
    asked = {
        task: browser.post(at("pair_of_kind"), typed(task, reference=["Hi!"])).content.decode()
        for task in (chat, code)
    }
    assert [('name="tests"' in page) for page in asked.values()] == [False, True]
    assert all("Hi!</textarea>" in page for page in asked.values()), "nothing typed is lost"


def test_an_untouched_instruction_of_one_task_becomes_that_of_the_next(
    browse, at, chat, intent, ada
):
    def asked(task, instruction):
        fields = typed(task, turn=[instruction])
        return browse(ada).post(at("pair_of_kind"), fields).content.decode()

    assert f'hx-swap-oob="true">\n{intent.instruction}' in asked(intent, "")
    assert 'hx-swap-oob="true">\n</textarea>' in asked(chat, intent.instruction)
    assert "hx-swap-oob" not in asked(chat, "Something that Ada typed")


def test_a_reviewer_sees_how_the_unit_tests_changed(browse, at, code, ada, rui, write):
    pair = write("Add", "a + b", task=code, extra={"tests": "assert old"})
    pairs.submit(pair=pair, by=ada)
    reviews.judge(revision=pair.head, verdict="request_changes", comment="Test more.", by=rui)
    changed = pairs.write(pair=pair, content={"tests": "assert new"}, by=ada).pair
    pairs.submit(pair=changed, by=ada)
    page = browse(rui).get(at("review")).content.decode()
    assert re.search(r"<del>.*?old.*?</del>", page)
    assert re.search(r"<ins>.*?new.*?</ins>", page)


def test_two_people_at_once_see_both_texts_and_lose_neither(browse, at, chat, ada, olga, write):
    pair = write("Say hello", "Hello!")
    pairs.write(pair=pair, content={"response": "Olga's words"}, by=olga)
    browser = browse(ada)
    answer = browser.post(
        at("pair_edit", pk=pair.pk), typed(chat, response="Ada's words", revision=1)
    )
    assert answer.status_code == 409
    page = answer.content.decode()
    assert re.search(r"<del>.*Olga.*</del>", page), "theirs"
    assert re.search(r"<ins>.*Ada.*</ins>", page), "mine"
    assert answer.context["form"]["revision"].value() == 2
    pair.refresh_from_db()
    assert pair.head.response == "Olga's words"
    browser.post(at("pair_edit", pk=pair.pk), typed(chat, response="Ada's words", revision=2))
    pair.refresh_from_db()
    assert pair.head.response == "Ada's words"


def test_what_a_reviewer_said_stands_beside_the_text(browse, at, ada, rui, submit):
    pair = submit("one")
    reviews.judge(revision=pair.head, verdict="request_changes", comment="To whom?", by=rui)
    assert "To whom?" in browse(ada).get(at("pair_edit", pk=pair.pk)).content.decode()


def test_a_pair_of_another_project_is_not_here(browse, at, chat, ada, write, eve):
    other = projects.create(name="Other", by=eve)
    task = project_tasks.add(project=other, name="Free", kind="free", by=eve)
    theirs = pairs.write(task=task, content={"instruction": "x", "response": "y"}, by=eve).pair
    assert browse(ada).get(at("pair_edit", pk=theirs.pk)).status_code == 404
    assert browse(ada).post(at("pair_new"), typed(task)).status_code == 400


def test_the_coach_speaks_beside_the_text(browse, at, intent, ada):
    fields = typed(intent, turn=["Which label?"], input="my money", response="money back")
    page = browse(ada).post(at("coach"), fields).content.decode()
    assert "not one of this task" in page


def test_the_coach_names_a_near_duplicate_and_never_the_pair_itself(browse, at, chat, ada, write):
    text = "Explain to a child why the sea is salty"
    pair = write(text, "Rivers carry salt.")
    again = typed(chat, turn=[text + "!"])
    assert f"#{pair.pk}" in browse(ada).post(at("coach"), again).content.decode()
    itself = browse(ada).post(at("coach"), again | {"pair": pair.pk}).content.decode()
    assert f"#{pair.pk}" not in itself


def test_guidelines_are_rendered_and_harmless(browse, at, chat, ada):
    chat.guidelines = "**Be kind** <script>alert(1)</script>"
    chat.save()
    page = browse(ada).post(at("guide"), {"task": chat.pk}).content.decode()
    assert "<strong>Be kind</strong>" in page
    assert "<script>" not in page


def test_the_preview_shows_the_conversation_escaped(browse, at, chat, ada):
    fields = typed(chat, turn=["<b>bold</b>"], system="Be brief")
    page = browse(ada).post(at("pair_preview"), fields).content.decode()
    assert "&lt;b&gt;bold" in page
    assert "Be brief" in page
