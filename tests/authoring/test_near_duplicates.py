"""Near-duplicates: none is missed, none is made up, and what pairs share does not make them alike."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authoring import near_duplicates
from authoring.near_duplicates import Prompt, _shingles, compare, normalise

words = st.lists(
    st.sampled_from(
        ["red", "blue", "green", "北京", "上海", "fox", "dog", "runs", "sleeps", "天气"]
    ),
    max_size=12,
)
texts = st.lists(words.map(" ".join), min_size=2, max_size=25)


def brute_force(texts: list[str], threshold: float) -> set[tuple[int, int]]:
    sets = [set(_shingles(normalise(f"{text}\n\n"), 0).tolist()) for text in texts]
    return {
        (left, right)
        for right in range(len(texts))
        for left in range(right)
        if len(sets[left] & sets[right]) / len(sets[left] | sets[right]) >= threshold - 1e-12
    }


def everyone_apart(texts: list[str]) -> list[str]:
    """Sides such that every pair is named."""
    return [str(place) for place in range(len(texts))]


@given(texts, st.sampled_from([0.4, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9]))
@settings(max_examples=200)
def test_comparing_all_with_all_finds_the_same_pairs(texts, threshold):
    likeness = compare(
        [Prompt(text) for text in texts], threshold=threshold, sides=everyone_apart(texts)
    )
    firsts = sorted(set(likeness.same))
    among_firsts = {
        (left, right)
        for left, right in brute_force(texts, threshold)
        if left in firsts and right in firsts
    }
    assert {(left, right) for left, right, _ in likeness.near} == among_firsts


@given(texts, st.sampled_from([0.4, 0.6, 0.8]))
def test_groups_are_the_same_whether_every_pair_is_named_or_not(texts, threshold):
    prompts = [Prompt(text) for text in texts]
    every = compare(prompts, threshold=threshold, sides=everyone_apart(texts))
    assert compare(prompts, threshold=threshold).groups() == every.groups()


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("What IS this ?", "what is  this ?", True),
        ("Ｗｈａｔ is this ?", "What is this ?", True),
        ("What is this?", "What is this ?", False),
        ("今天天气很好", "今天天气很好 ", True),
    ],
)
def test_exactly_the_same_is_up_to_case_width_and_white_space(one, other, same):
    likeness = compare([Prompt(one), Prompt(other)], threshold=1)
    assert (likeness.same == [0, 0]) is same


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Who was the 3rd president of the United States ?",
         "Who was the 23rd president of the United States ?", True),
        ("Who was the 3rd president of the United States ?",
         "Who was the king of England in the year 1066 ?", False),
        ("请把下面这句话翻译成英文：今天天气很好。", "请把下面这句话翻译成英文：今天天气很好！", True),
        ("请把下面这句话翻译成英文：今天天气很好。", "请写一首关于秋天的诗，不超过五十个字。", False),
    ],
)  # fmt: skip
def test_nearly_the_same_is_told_from_different(one, other, alike):
    likeness = compare([Prompt(one), Prompt(other)], threshold=0.8)
    assert bool(likeness.near) is alike


def test_the_instruction_of_a_task_does_not_make_its_pairs_alike():
    task = "Which of these labels fits what the customer wants? Answer with one label only. " * 3
    questions = ["Where is my parcel?", "Cancel it.", "Money back!", "How much?", "Who are you?"]
    likeness = compare([Prompt(task, question) for question in questions], threshold=0.5)
    assert likeness.near == []


TEMPLATES = [
    "Classify the question by what kind of answer it asks for: {}\nAnswer with one label: ABBR, HUM or LOC.",
    "{}\n\nWhat kind of answer does the question above ask for? Answer with one label.",
    "请判断下面这个问题问的是哪一类内容：{}\n只回答一个标签，不要解释。",
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_thousand_prompts_of_one_template_are_told_apart_by_what_differs(template):
    draw = np.random.default_rng(1)
    subjects = ["".join(draw.choice(list("abcdefghijklmnop"), 7)) for _ in range(1000)]
    questions = [
        f"Who was the {one} of Canada in 19{n % 90 + 10} ?" for n, one in enumerate(subjects)
    ]
    questions[7] = questions[3] + "?"
    likeness = compare([Prompt(template.format(one)) for one in questions], threshold=0.8)
    assert [(left, right) for left, right, _ in likeness.near] == [(3, 7)]
    assert len(set(likeness.groups())) == 999


def test_two_templates_that_begin_alike_are_both_left_out():
    draw = np.random.default_rng(2)
    words = ["".join(draw.choice(list("abcdefghijklmnop"), 9)) for _ in range(400)]
    begin = "You are a careful librarian who answers in one word. "
    ends = (
        "Name the author of this book, nothing more: ",
        "Name the year of this book, nothing more: ",
    )
    prompts = [Prompt(begin + ends[n % 2] + word) for n, word in enumerate(words)]
    assert compare(prompts, threshold=0.8).near == []


def test_a_few_questions_about_one_passage_stay_alike():
    passage = "The library opens at nine and closes at six, but on Sundays it stays shut. " * 4
    prompts = [Prompt(f"{passage} {one}") for one in ("When?", "Why?", "Who?", "How?", "Where?")]
    assert len(set(compare(prompts, threshold=0.8).groups())) == 1


def test_the_same_input_under_two_instructions_of_many_is_not_nearly_the_same():
    prompts = [
        Prompt(task, f"{text} and some more words")
        for task in ("Translate this.", "Summarise this.")
        for text in ("a lazy dog", "some quick fox", "my old house", "her new shoes", "their cat")
    ]
    assert compare(prompts, threshold=0.8).near == []


def test_earlier_turns_count():
    alike = [Prompt("And now?", earlier="Tell me about the red fox in the wood.")] * 2
    other = Prompt("And now?", earlier="How do I return a pair of shoes I bought?")
    likeness = compare([*alike, other], threshold=0.8)
    assert likeness.same == [0, 0, 2]
    assert likeness.near == []


def test_across_sides_every_pair_is_named_also_of_what_is_said_twice():
    ordinals = ["3rd", "13th", "23rd", "33rd"]
    prompts = [Prompt(f"Who was the {one} president of the United States ?") for one in ordinals]
    sides = ["train"] * len(prompts)
    said_again = compare([*prompts, prompts[0]], threshold=0.6, sides=[*sides, "test"])
    assert said_again.same == [0, 1, 2, 3, 0]
    assert {(left, right) for left, right, _ in said_again.near} >= {(0, 1), (0, 2), (0, 3)}


def test_ten_thousand_prompts_need_few_comparisons(monkeypatch):
    """Comparing all with all would be fifty million; counted, not timed."""
    draw = np.random.default_rng(1)
    vocabulary = ["".join(draw.choice(list("abcdefgh"), 6)) for _ in range(3000)]
    prompts = [Prompt(" ".join(draw.choice(vocabulary, 12))) for _ in range(10_000)]
    compared = []
    jaccard = near_duplicates._jaccard
    monkeypatch.setattr(
        near_duplicates, "_jaccard", lambda *sets: compared.append(1) or jaccard(*sets)
    )
    twins = [prompt._replace(instruction=prompt.instruction + "!") for prompt in prompts[:50]]
    assert len(compare([*prompts, *twins], threshold=0.8).near) == 50
    assert len(compared) < len(prompts)
