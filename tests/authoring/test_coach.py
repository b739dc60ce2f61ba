"""The coach asks what a careful colleague would ask, and is silent where there is nothing to ask."""

import json
from pathlib import Path

import pytest

from authoring.coach import Draft, Neighbour, TaskForm, hints

INTENT = TaskForm("classification", ("refund", "order_status"))
SAMPLE = Path(__file__).parents[2] / "authoring" / "sample"


def draft(instruction, response="", *, input="", system=""):
    return Draft(system, [{"role": "user", "content": instruction}], input, response)


def codes(*args, **kwargs):
    return [hint.code for hint in hints(*args, **kwargs)]


def test_an_empty_draft_gets_no_hint():
    assert hints(draft(""), INTENT) == []


def test_a_label_outside_the_set_is_named_with_the_label_it_means():
    (hint,) = hints(
        draft("Is it refund or order_status?", "Refund!", input="my money please"), INTENT
    )
    assert hint.code == "label_outside_the_set"
    assert "refund" in str(hint.advice)


def test_a_label_of_the_set_is_fine():
    assert codes(draft("Is it refund or order_status?", "refund", input="my money"), INTENT) == []


def test_a_label_in_the_input_and_a_text_in_the_response_look_swapped():
    found = codes(draft("refund or order_status?", "where is it", input="order_status"), INTENT)
    assert "mixed_up" in found


def test_a_summary_longer_than_its_text_looks_swapped():
    found = codes(
        draft("Summarize in plain words.", "a long text " * 9, input="a short text"),
        TaskForm("summarization", ()),
    )
    assert found == ["mixed_up"]


def test_a_response_equal_to_the_input_looks_swapped():
    assert "mixed_up" in codes(draft("Correct it.", "teh", input="teh"), TaskForm("free", ()))


def test_a_response_that_contradicts_the_asked_form_is_named_with_its_words():
    (hint,) = hints(draft("用一句话概括全文", "他走了。她来了。", input="……"), TaskForm("free", ()))
    assert hint.code == "contradicted_form"
    assert "用一句话" in str(hint.message)


def test_the_tasks_own_output_form_counts_as_asked():
    task = TaskForm("short_answer", (), output_form="in one word")
    assert codes(draft("Which metal is liquid?", "It is mercury"), task) == ["contradicted_form"]


def test_an_instruction_that_points_at_a_missing_text_is_ambiguous():
    assert "ambiguous_ask" in codes(draft("Translate the following text."), TaskForm("free", ()))
    assert "ambiguous_ask" in codes(draft("概括下面的文章"), TaskForm("free", ()))


def test_the_text_may_stand_in_the_input_or_after_a_colon():
    free = TaskForm("free", ())
    assert codes(draft("Translate the following text.", input="Guten Tag"), free) == []
    assert codes(draft("Translate the following text: Guten Tag, Frau Schmidt"), free) == []


def test_vague_words_are_ambiguous():
    assert codes(draft("List fruits, nuts etc. for a cake", "nuts"), TaskForm("free", ())) == [
        "ambiguous_ask"
    ]


def test_a_missing_output_form_is_asked_for_with_the_tasks_own():
    task = TaskForm("summarization", (), output_form="two sentences")
    (hint,) = hints(draft("Summarize the report for a busy reader.", input="…"), task)
    assert hint.code == "missing_output_form"
    assert "two sentences" in str(hint.advice)


@pytest.mark.parametrize("kind", ["chat", "free"])
def test_a_conversation_needs_no_output_form(kind):
    assert codes(draft("Tell me about your day at sea."), TaskForm(kind, ())) == []


def test_a_question_says_what_answer_it_wants():
    task = TaskForm("short_answer", ())
    assert codes(draft("Who wrote Middlemarch?", "George Eliot"), task) == []
    assert codes(draft("《红楼梦》的作者是谁？", "曹雪芹"), task) == []


def test_a_near_duplicate_is_named():
    (hint,) = hints(draft("Who wrote it, and when?"), INTENT, [Neighbour(17, 0.956)])
    assert hint.code == "near_duplicate"
    assert "17" in str(hint.message)
    assert "96" in str(hint.message)


def test_the_coach_has_nothing_to_say_about_the_sample_project():
    labels = {row["response"] for row in sample("intent")}
    for name in ("short_answer", "summarization", "code", "chat"):
        for row in sample(name):
            turns = row.get("turns") or [{"role": "user", "content": row["instruction"]}]
            text = Draft(row.get("system", ""), turns, row.get("input", ""), row["response"])
            assert codes(text, TaskForm(name, tuple(labels))) == [], text


def sample(name):
    lines = (SAMPLE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
