"""Lists over REST: paged, filtered by name only, and never a way into other tables."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from authoring.actions import people, projects
from authoring.models import AccessLink

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


def test_a_list_of_projects_takes_as_many_queries_for_three_as_for_one(
    rest, olga, project, django_assert_num_queries
):
    def roles():
        return [one["role"] for one in client.get("/api/v1/projects/").json()["results"]]

    client = rest(olga)
    roles()  # notes when the token was used
    with CaptureQueriesContext(connection) as one:
        assert roles() == ["owner"]
    for name in ("Poems", "Songs"):
        projects.create(name=name, by=olga)
    with django_assert_num_queries(len(one)):
        assert roles() == ["owner"] * 3


def test_a_list_of_invitations_has_those_that_work_in_as_many_queries(
    rest, olga, project, django_assert_num_queries
):
    def emails():
        found = client.get("/api/v1/projects/letters/invitations/").json()["results"]
        return {one["email"]: one["created_by"] for one in found}

    client = rest(olga)
    people.invite(project=project, email="a@example.org", role="viewer", by=olga)
    emails()
    with CaptureQueriesContext(connection) as one:
        assert emails() == {"a@example.org": "Olga"}
    for name in "bcd":
        people.invite(project=project, email=f"{name}@example.org", role="viewer", by=olga)
    AccessLink.objects.filter(email="d@example.org").update(
        expires_at=timezone.now() - timedelta(days=1)
    )
    with django_assert_num_queries(len(one)):
        assert emails().keys() == {"a@example.org", "b@example.org", "c@example.org"}


def test_what_was_deleted_can_be_listed_and_brought_back(rest, olga, ada, vera, project, write):
    gone, there = write("Gone"), write("There")
    writer, owner = rest(ada), rest(olga)
    writer.delete(f"/api/v1/pairs/{gone.pk}/")
    assert instructions(writer) == [there.head.instruction]
    assert instructions(writer, deleted="true") == [gone.head.instruction]
    writer.post(f"/api/v1/pairs/{gone.pk}/restoration/")
    assert instructions(writer, deleted="true") == []

    def slugs(client):
        found = client.get("/api/v1/projects/", {"deleted": "true"}).json()["results"]
        return [one["slug"] for one in found]

    owner.delete("/api/v1/projects/letters/")
    assert (slugs(owner), slugs(rest(vera))) == (["letters"], [])
    owner.post("/api/v1/projects/letters/restoration/")
    assert slugs(owner) == []
