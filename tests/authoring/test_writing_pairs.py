"""Every save is a new revision; nothing that was typed is ever lost."""

import pytest

from authoring.actions import pairs
from authoring.errors import Conflict, Invalid, TooLarge
from authoring.models import Revision, RevisionIsImmutable, Task

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_new_pair_is_a_draft_with_one_revision(write, ada):
    pair = write("Say hello", "Hello!")
    assert (pair.state, pair.author, pair.head.number) == ("draft", ada, 1)
    assert pair.head.turns == [{"role": "user", "content": "Say hello"}]


def test_each_save_is_a_revision_and_the_old_one_stays(write, ada):
    pair = write("Say hello", "Hello!")
    written = pairs.write(pair=pair, content={"response": "Hi!"}, parent=1, by=ada)
    assert [one.response for one in pair.revisions.order_by("number")] == ["Hello!", "Hi!"]
    assert written.pair.head == written.revision


def test_what_is_left_out_keeps_what_it_was(write, ada):
    pair = write("Say hello", "Hello!", tags=["greeting"], extra={"id": 7})
    after = pairs.write(pair=pair, content={"response": "Hi!"}, by=ada).revision
    assert (after.instruction, after.tags, after.extra) == ("Say hello", ["greeting"], {"id": 7})


def test_an_instruction_replaces_all_turns(write, ada):
    turns = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "Bye"},
    ]
    pair = write("unused", "x", turns=turns)
    after = pairs.write(pair=pair, content={"instruction": "Only this"}, by=ada).revision
    assert after.turns == [{"role": "user", "content": "Only this"}]


def test_the_same_text_twice_is_one_revision(write, ada):
    pair = write("Say hello", "Hello!")
    again = pairs.write(pair=pair, content={"response": "Hello!"}, parent=1, by=ada)
    assert again.revision == pair.head
    assert pair.revisions.count() == 1


def test_white_space_and_unicode_are_kept_as_they_are(write):
    text = "  \t北京\r\n\n 🙂 e\u0301 \u200b "
    pair = write(text, text)
    stored = Revision.objects.get(pk=pair.head_id)
    assert (stored.instruction, stored.response) == (text, text)


def test_a_revision_can_not_be_changed(write):
    revision = write("Say hello").head
    revision.response = "Something else"
    with pytest.raises(RevisionIsImmutable):
        revision.save()


def test_writing_an_approved_pair_makes_a_draft_and_keeps_the_approval(approve, ada):
    pair = approve("Say hello", "Hello!")
    after = pairs.write(pair=pair, content={"response": "Hi!"}, by=ada).pair
    assert after.state == "draft"
    assert after.approved == pair.head


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"instruction": 5}, "instruction"),
        ({"instruction": "a\x00b"}, "instruction"),
        ({"instruction": "half \ud83d"}, "instruction"),
        ({"turns": []}, "turns"),
        ({"turns": [{"role": "assistant", "content": "Hi"}]}, "turns"),
        ({"turns": [{"role": "user", "content": "a"}] * 2}, "turns"),
        ({"turns": [{"role": "user", "content": "a", "x": 1}]}, "turns"),
        ({"instruction": "a", "tags": "one"}, "tags"),
        ({"instruction": "a", "tags": ["x" * 61]}, "tags"),
        ({"instruction": "a", "language": "English!"}, "language"),
        ({"instruction": "a", "source": "x" * 301}, "source"),
        ({"instruction": "a", "references": [1]}, "references"),
        ({"instruction": "a", "extra": {"deep": [{"x": "\x00"}]}}, "extra"),
        ({"instruction": "a", "respons": "typo"}, "respons"),
    ],
)
def test_a_bad_field_is_named(content, field, chat, ada):
    with pytest.raises(Invalid) as refused:
        pairs.write(task=chat, content=content, by=ada)
    assert set(refused.value.fields) == {field}


def test_a_field_over_the_limit_is_named_with_its_size(chat, ada, settings):
    settings.FIELD_LIMIT = 1000
    pairs.write(task=chat, content={"instruction": "好" * 333}, by=ada)
    with pytest.raises(TooLarge) as refused:
        pairs.write(task=chat, content={"instruction": "好" * 334}, by=ada)
    assert "instruction" in refused.value.fields


def test_a_label_outside_the_label_set_is_a_warning_only(intent, ada):
    content = {"instruction": "?", "input": "money back", "response": "money"}
    written = pairs.write(task=intent, content=content, by=ada)
    assert "response" in written.warnings
    written = pairs.write(pair=written.pair, content={"response": "refund"}, by=ada)
    assert written.warnings == {}


def test_a_draft_moves_to_another_task(write, intent, ada):
    pair = write("Money back?", "refund")
    assert pairs.write(pair=pair, content={}, task=intent, by=ada).pair.task == intent


def test_an_approved_pair_keeps_its_task(approve, intent, ada):
    with pytest.raises(Conflict):
        pairs.write(pair=approve("Money back?", "refund"), content={}, task=intent, by=ada)


def test_a_pair_does_not_move_to_another_projects_task(write, ada, olga):
    from authoring.actions import projects

    elsewhere = projects.create(name="Elsewhere", by=olga)
    task = Task.objects.create(project=elsewhere, slug="chat", name="Chat", kind="chat")
    with pytest.raises(Invalid):
        pairs.write(pair=write("Say hello"), content={}, task=task, by=ada)


def test_a_deleted_pair_is_not_written_until_it_is_restored(write, ada):
    pair = write("Say hello")
    pairs.delete(pair=pair, by=ada)
    with pytest.raises(Conflict):
        pairs.write(pair=pair, content={"response": "Hi"}, by=ada)
    pairs.restore(pair=pair, by=ada)
    assert pairs.write(pair=pair, content={"response": "Hi"}, by=ada).revision.number == 2


def test_a_pair_without_a_response_is_not_submitted(write, ada):
    with pytest.raises(Invalid) as refused:
        pairs.submit(pair=write("Say hello", "  "), by=ada)
    assert "response" in refused.value.fields


def test_writing_takes_a_pair_out_of_the_review_queue(submit, ada, rui, project):
    from authoring.actions import review_queue

    pair = submit("Say hello", "Hello!")
    pairs.write(pair=pair, content={"response": "Hi!"}, by=ada)
    assert review_queue.next_for(project=project, by=rui) is None
