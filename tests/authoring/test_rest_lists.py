"""Lists over REST: paged, filtered by name only, and never a way into other tables."""

import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PAIRS = "/api/v1/projects/letters/pairs/"


def instructions(client, **query):
    return [one["head"]["instruction"] for one in client.get(PAIRS, query).json()["results"]]


def test_pairs_come_newest_first_page_by_page(rest, ada, write):
    for number in range(5):
        write(f"Question {number}")
    client = rest(ada)
    first = client.get(PAIRS, {"page_size": 2}).json()
    assert first["count"] == 5
    assert instructions(client, page_size=2) == ["Question 4", "Question 3"]
    assert instructions(client, page_size=2, page=3) == ["Question 0"]
    assert client.get(PAIRS, {"page": 9}).status_code == 404


def test_a_page_never_has_more_than_500(rest, ada, write):
    from authoring.api.pagination import Pages

    assert Pages.max_page_size == 500


def test_filters_by_name(rest, ada, rui, write, submit, intent):
    write("First", tags=["late reply"])
    submit("第二个", task=intent, language="zh")
    write("Third", by=rui)
    client = rest(ada)
    assert instructions(client, q="first") == ["First"]
    assert instructions(client, q="第二") == ["第二个"]
    assert instructions(client, state="submitted") == ["第二个"]
    assert instructions(client, task="intent") == ["第二个"]
    assert instructions(client, language="zh") == ["第二个"]
    assert instructions(client, tag="late reply") == ["First"]
    assert instructions(client, author=rui.pk) == ["Third"]
    assert client.get(PAIRS, {"state": "nonsense"}).status_code == 400


@pytest.mark.parametrize(
    "walk",
    [
        "author__password__startswith",
        "author__api_tokens__digest__startswith",
        "head__author__email",
        "project__memberships__user",
        "id__in",
    ],
)
def test_a_filter_that_walks_the_tables_does_nothing(walk, rest, ada, write):
    write("First")
    assert instructions(rest(ada), **{walk: "p"}) == ["First"]


def test_a_page_of_pairs_takes_few_queries(rest, ada, write, django_assert_max_num_queries):
    for number in range(20):
        write(f"Question {number}")
    client = rest(ada)
    with django_assert_max_num_queries(8):
        assert len(instructions(client)) == 20


def test_deleted_pairs_are_listed_nowhere_and_still_there_by_number(rest, ada, write):
    client, pair = rest(ada), write("First")
    client.delete(f"/api/v1/pairs/{pair.pk}/")
    assert instructions(client) == []
    assert client.get(f"/api/v1/pairs/{pair.pk}/").json()["deleted_at"]


def test_nobodys_address_is_told_to_those_who_only_read(rest, vera, write, ada):
    write("First")
    assert ada.email not in rest(vera).get(PAIRS).content.decode()
