"""Which form of answer an instruction asks for, and whether a response has it."""

import pytest

from authoring.asked_form import asked_forms, count_items, count_sentences, count_words

ASKED = [
    # what is asked, a response that has the form, one that has not
    ("Answer in one word.", "Paris", "It is Paris"),
    ("Say it with at most 5 words", "one two three four five", "one two three four five six"),
    ("Explain in 5 words or fewer.", "five is quite enough here", "but six of them are too many"),
    ("Write fewer than 10 characters", "九个字以内", "quite a long answer"),
    ("Summarize in two sentences.", "Rain fell. We left.", "Rain fell. We left. It stopped."),
    ("Exactly three bullet points", "- a\n- b\n- c", "- a\n- b"),
    ("Return valid JSON", '{"a": 1}', "{a: 1}"),
    ("Reply with a single JSON object", '```json\n{"a": 1}\n```', "a is 1"),
    ("Is it raining, yes or no?", "Yes, it is.", "It may be."),
    ("Translate into Chinese", "你好", "hello"),
    ("翻译成英文", "hello", "你好"),
    ("用一句话概括", "他走了。", "他走了。她来了。"),
    ("不超过四十五个字", "短" * 45, "长" * 46),
    ("十八个字以内", "短" * 18, "长" * 19),
    ("50字以内", "短" * 50, "长" * 51),
    ("以JSON输出", "[1]", "一"),
    ("回答是或否", "是", "也许"),
    ("列出三条", "1. 甲\n2. 乙\n3. 丙", "1. 甲\n2. 乙"),
]


@pytest.mark.parametrize(("asked", "good", "bad"), ASKED, ids=[one[0] for one in ASKED])
def test_a_form_is_read_and_checked(asked, good, bad):
    forms = list(asked_forms(asked))
    assert forms, "the form was not read"
    assert all(form.kept_by(good) for form in forms)
    assert not all(form.kept_by(bad) for form in forms)


@pytest.mark.parametrize(
    "asked",
    [
        "What does this JSON say?",
        "In other words, why?",
        "Each item has at most three words.",
        "每个不超过十个字",
        "Write about two people.",
        "他用了一两句话",
        "",
    ],
)
def test_what_is_no_sure_form_is_not_read(asked):
    assert list(asked_forms(asked)) == []


def test_a_cjk_character_counts_as_a_word_and_a_contraction_as_one():
    assert count_words("don't wait 3.5 hours 我想") == 6


def test_a_decimal_point_ends_no_sentence():
    assert count_sentences("It costs 3.50 euros. Really?") == 2


def test_numbered_and_dashed_lines_are_items():
    assert count_items("Here:\n1. a\n2) b\n- c\nplain\n二、d") == 4
