"""Search finds words by their beginning and Chinese by any two characters, on both databases alike."""

import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authoring import search, search_index
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


def test_it_is_the_index_that_is_asked(write):
    write("How do I get a refund?")
    plan = Pair.objects.search("refund").explain()
    used = "authoring_pair_search VIRTUAL TABLE" if connection.vendor == "sqlite" else "@@"
    assert used in plan


def test_many_pairs_are_found_by_the_index_and_not_by_reading_each(write, project):
    write("How do I get a refund?")
    Pair.objects.bulk_create(
        Pair(project=project, task=Pair.objects.get().task, author=project.created_by, search=" a ")
        for _ in range(3000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        if connection.vendor == "postgresql":  # which would rather read so small a table whole
            cursor.execute("SET LOCAL enable_seqscan = off")
    listed = Pair.objects.in_project(project).search("refund").order_by("-id")[:50]
    used = "VIRTUAL TABLE" if connection.vendor == "sqlite" else "Bitmap Index Scan on pair_search"
    assert used in listed.explain()
    assert len(listed) == 1


def test_the_index_is_kept_after_a_migration_that_rebuilt_the_table(write):
    if connection.vendor == "sqlite":  # PostgreSQL rebuilds no table
        with connection.cursor() as cursor:
            for trigger in search_index.SQLITE_TRIGGERS:
                cursor.execute(f"DROP TRIGGER {trigger}")
    call_command("migrate", verbosity=0)
    pair = write("How do I get a refund?")
    assert list(Pair.objects.search("refund")) == [pair]


def test_what_is_deleted_for_good_leaves_the_index(write):
    pair = write("How do I get a refund?")
    Pair.objects.filter(pk=pair.pk).update(head=None)
    pair.revisions.all().delete()
    Pair.objects.filter(pk=pair.pk).delete()
    assert not Pair.objects.search("refund").exists()
    if connection.vendor == "sqlite":  # the one whose index is a table of its own
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM authoring_pair_search('refund')")
            assert cursor.fetchone() == (0,)


def test_an_endless_word_is_found_by_its_beginning(write):
    pair = write("see " + "x" * 5000)
    assert list(Pair.objects.search("x" * 4000)) == [pair]
    assert list(Pair.objects.search("x" * 7)) == [pair]


def test_an_endless_text_is_kept_and_found_as_far_as_the_index_goes(write):
    numbers = range(200_000)
    endless = "".join(chr(0x4E00 + n % 20_000) + chr(0x4E00 + n // 10) for n in numbers)
    pair = write("the last words", system=endless[:200_000], input=endless[200_000:])
    assert search.LARGEST - 100 < len(pair.search.encode()) <= search.LARGEST + 1
    assert list(Pair.objects.search(endless[1000:1010])) == [pair]
    assert pair.head.content()["input"] == endless[200_000:]


@pytest.mark.parametrize(
    "tag", ["c++", 'say "no"', "it's", "a\\b", "多 字", "x\x01y", "a|b & !c", "*"]
)
def test_any_tag_is_found_as_it_is_and_by_no_part_of_it(tag, write):
    pair = write("One", tags=[tag])
    write("Two", tags=["other"])
    assert list(Pair.objects.matching(tag=tag)) == [pair]
    assert not Pair.objects.matching(tag=tag[:-1] or "oth").exists()


@given(texts=st.lists(st.text(max_size=30), min_size=1, max_size=5), query=st.text(max_size=12))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_the_index_finds_what_reading_every_column_finds(texts, query, chat, ada):
    """The same on both databases, since it is the same as this one definition."""
    Pair.objects.all().delete()
    columns = [search.column([text], []) for text in texts]
    made = Pair.objects.bulk_create(
        Pair(project=chat.project, task=chat, author=ada, search=one) for one in columns
    )
    needles = search.needles(query)
    expected = {p.pk for p in made if all(needle in p.search for needle in needles)}
    assert set(Pair.objects.search(f" {query}").values_list("pk", flat=True)) == expected


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
