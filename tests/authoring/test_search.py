"""Search finds words by their beginning and Chinese by any two characters, on both databases alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring import search
from authoring.actions import pairs
from authoring.models import Pair

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def found(write):
    """found("query") → the instructions of the pairs that match."""
    for instruction, response in [
        ("How do I get a Refund?", "Ask us."),
        ("北京市今天天气怎么样", "很好。"),
        ("上海的天气", "有雨。"),
        ("Ｆｕｌｌ width", "50% off"),
    ]:
        write(instruction, response, tags=["late reply"] if "Refund" in instruction else [])

    def query(words: str) -> set[str]:
        return {pair.head.instruction for pair in Pair.objects.search(words).with_head()}

    return query


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("refund", 1),
        ("REFUN", 1),
        ("fund", 0),
        ("refund ask", 1),
        ("refund weather", 0),
        ("北京", 1),
        ("京市", 1),
        ("天气", 2),
        ("天气 上海", 1),
        ("北上", 0),
        ("北", 1),
        ("样", 1),
        ("市今天", 1),
        ("full", 1),
        ("50%", 1),
        ("%", 4),
        ("_", 4),
        ("", 4),
        ("#999999999999999999999", 0),
    ],
)
def test_what_a_query_finds(query, hits, found):
    assert len(found(query)) == hits


def test_a_pair_is_found_by_its_number(write):
    pair = write("Say hello")
    assert list(Pair.objects.search(f"#{pair.pk}")) == [pair]


def test_the_head_is_searched_and_not_what_it_was(write, ada):
    pair = write("Say hello", "Hello!")
    pairs.write(pair=pair, content={"response": "Goodbye"}, by=ada)
    assert list(Pair.objects.search("goodbye")) == [pair]
    pairs.write(pair=pair, content={"response": "Farewell"}, by=ada)
    assert not Pair.objects.search("goodbye").exists()


def test_filters_narrow_and_empty_ones_do_not(write, submit, ada, rui, intent, chat):
    a = write("One", "x", tags=["Late reply"])
    b = submit("Two", "x", task=intent, language="zh")
    c = write("Three", "x", by=rui)

    def ids(**filters):
        return set(Pair.objects.matching(**filters).values_list("pk", flat=True))

    assert ids() == ids(q="", state="", task="") == {a.pk, b.pk, c.pk}
    assert ids(state="submitted") == ids(task="intent") == ids(language="zh") == {b.pk}
    assert ids(tag="late reply") == {a.pk}
    assert ids(tag="late") == set()
    assert ids(author=rui.pk) == {c.pk}
    assert ids(q="two", state="draft") == set()


@given(st.text())
def test_any_text_is_found_by_itself(text):
    column = search.column([text], [])
    assert all(needle in column for needle in search.needles(text))


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x4EFF), min_size=3), st.data())
def test_any_part_of_a_chinese_text_is_found(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    column = search.column([text], [])
    assert all(needle in column for needle in search.needles(text[start:end]))
