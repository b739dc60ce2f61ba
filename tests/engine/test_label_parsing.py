"""Which label an output names: exactly one, or none."""

import pytest

from engine.metrics.labels import parse_label

TREC = ["ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"]


@pytest.mark.parametrize("output", ["LOC", " loc ", "LOC.", '"Loc"', "**LOC**\n", "ＬＯＣ"])
def test_an_output_that_is_a_label_names_it(output):
    assert parse_label(output, TREC) == "LOC"


@pytest.mark.parametrize(
    "output",
    ["The answer is LOC.", "label: loc, since it asks for a place", "LOC LOC", "答案是LOC。"],
)
def test_a_label_that_alone_occurs_as_a_whole_word_is_named(output):
    assert parse_label(output, TREC) == "LOC"


@pytest.mark.parametrize("output", ["", "...", "LOC or NUM", "location", "numLOC", "human"])
def test_none_or_several_labels_name_nothing(output):
    assert parse_label(output, TREC) is None


def test_a_label_inside_a_longer_label_does_not_count():
    assert parse_label("This is not spam", ["spam", "not spam"]) == "not spam"
    assert parse_label("C++ I think", ["C", "C++"]) == "C++"
    assert parse_label("C++", ["C", "C++"]) == "C++"
    assert parse_label("spam, not spam", ["spam", "not spam"]) is None


def test_chinese_labels_are_found_without_spaces():
    labels = ["查询天气", "播放音乐", "设置闹钟"]
    assert parse_label("用户想播放音乐。", labels) == "播放音乐"
    assert parse_label("查询天气或播放音乐", labels) is None


def test_labels_with_underscores_are_whole_words():
    assert parse_label("I pick book_flight!", ["book", "book_flight"]) == "book_flight"


def test_the_label_comes_back_as_the_task_writes_it():
    assert parse_label("BOOK_FLIGHT", ["Book_Flight"]) == "Book_Flight"
