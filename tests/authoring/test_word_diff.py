"""The word diff shows what changed, and loses nothing of either text."""

from hypothesis import given
from hypothesis import strategies as st

from authoring.word_diff import DELETED, INSERTED, SAME, Part, changed, word_diff

MIXED = st.text(alphabet=st.sampled_from("ab 一二。\n,é🙂"), max_size=40)


@given(MIXED, MIXED)
def test_the_parts_spell_both_texts(before, after):
    parts = word_diff(before, after)
    assert "".join(part.text for part in parts if part.kind != INSERTED) == before
    assert "".join(part.text for part in parts if part.kind != DELETED) == after


def test_equal_texts_have_one_part_and_no_change():
    parts = word_diff("The same.\nTwice.", "The same.\nTwice.")
    assert parts == [Part(SAME, "The same.\nTwice.")]
    assert not changed(parts)


def test_two_empty_texts_have_no_part():
    assert word_diff("", "") == []


def test_a_word_is_replaced_whole_and_not_letter_by_letter():
    assert word_diff("a pear", "a bear") == [
        Part(SAME, "a "),
        Part(DELETED, "pear"),
        Part(INSERTED, "bear"),
    ]


def test_chinese_changes_character_by_character():
    assert word_diff("我想退货", "我想退款") == [
        Part(SAME, "我想退"),
        Part(DELETED, "货"),
        Part(INSERTED, "款"),
    ]


def test_neighbouring_words_change_together():
    assert word_diff("say it in two words", "say it with few words") == [
        Part(SAME, "say it "),
        Part(DELETED, "in two"),
        Part(INSERTED, "with few"),
        Part(SAME, " words"),
    ]


def test_a_stretch_beyond_the_budget_is_shown_as_replaced(monkeypatch):
    monkeypatch.setattr("authoring.word_diff.BUDGET", 4)
    assert word_diff("kept\none two\n", "kept\none three\n") == [
        Part(SAME, "kept\n"),
        Part(DELETED, "one two\n"),
        Part(INSERTED, "one three\n"),
    ]


def test_half_a_million_lines_are_no_trap():
    parts = word_diff("x\n" * 500_000 + "a", "x\n" * 500_000 + "b")
    assert [part.kind for part in parts] == [DELETED, INSERTED]
