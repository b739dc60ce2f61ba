"""Of two scripts that change one thing, the slower learns that it saw another version, if it says which."""

import pytest

from authoring.actions import pairs, project_tasks, projects
from tests.authoring.test_at_the_same_time import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PROJECT = "/api/v1/projects/letters/"


@pytest.fixture
def address(project, chat, write):
    """Of an object of each kind that has versions."""
    pair = write("Say hello", "Hello!")
    return {
        "project": PROJECT,
        "task": f"/api/v1/tasks/{chat.pk}/",
        "pair": f"/api/v1/pairs/{pair.pk}/",
    }


def tag(client, address):
    return client.get(address)["ETag"]


def somebody_changes(kind, project, chat, by):
    if kind == "project":
        projects.change(project=project, by=by, guidelines="Be kind.")
    elif kind == "task":
        project_tasks.change(task=chat, by=by, guidelines="Be kind.")
    else:
        pairs.submit(pair=project.pairs.get(), by=by)


CHANGED = {
    "project": ("patch", {"guidelines"}),
    "task": ("patch", {"guidelines"}),
    "pair": ("delete", {"state", "submitted_at", "updated_at"}),
}


@pytest.mark.parametrize("kind", CHANGED)
def test_who_says_what_they_saw_is_told_what_changed_since(
    rest, olga, project, chat, address, kind
):
    client, (method, fields) = rest(olga), CHANGED[kind]
    seen = tag(client, address[kind])
    somebody_changes(kind, project, chat, olga)
    change = getattr(client, method)
    answer = change(address[kind], {"name": "Post"}, headers={"If-Match": seen})
    assert (answer.status_code, answer["Content-Type"]) == (412, "application/problem+json")
    now = client.get(address[kind])
    assert answer.json()["remedy"]
    assert answer.json()["changed"] == {name: now.json()[name] for name in fields}
    assert answer["ETag"] == now["ETag"] != seen
    again = change(address[kind], {"name": "Post"}, headers={"If-Match": answer["ETag"]})
    assert again.status_code in {200, 204}


def test_a_change_answers_with_the_version_it_made(rest, olga, address):
    client = rest(olga)
    changed = client.patch(PROJECT, {"name": "Post"}, headers={"If-Match": tag(client, PROJECT)})
    assert changed["ETag"] == tag(client, PROJECT)


@pytest.mark.parametrize("given", ['"nonsense"', "no tag at all", '"a-b-c"', ""])
def test_a_tag_that_is_none_of_it_changes_nothing(rest, olga, project, given):
    answer = rest(olga).patch(PROJECT, {"name": "Post"}, headers={"If-Match": given})
    assert answer.status_code == 412
    assert answer.json()["changed"].keys() == rest(olga).get(PROJECT).json().keys()
    project.refresh_from_db()
    assert project.name == "Letters"


def test_several_tags_any_tag_and_a_tag_that_a_proxy_made_weak_fit(rest, olga, project):
    client = rest(olga)
    for name, wrap in {
        "One": '"old", {}',
        "Two": "*",
        "Three": "W/{}",
    }.items():
        given = {"If-Match": wrap.format(tag(client, PROJECT))}
        assert client.patch(PROJECT, {"name": name}, headers=given).json()["name"] == name


def test_without_a_tag_everything_is_as_it_was(rest, olga, project, chat):
    client = rest(olga)
    somebody_changes("project", project, chat, olga)
    assert client.patch(PROJECT, {"name": "Post"}).status_code == 200
    project.refresh_from_db()
    assert (project.name, project.guidelines) == ("Post", "Be kind.")


@pytest.mark.parametrize("kind", CHANGED)
def test_who_may_not_change_it_is_told_that_and_who_may_not_see_it_nothing(
    rest, vera, eve, address, kind
):
    method, old = CHANGED[kind][0], {"If-Match": '"old"'}
    may_look, stranger = (getattr(rest(one), method) for one in (vera, eve))
    assert may_look(address[kind], {"name": "Post"}, headers=old).status_code == 403
    assert stranger(address[kind], {"name": "Post"}, headers=old).status_code == 404


def test_a_reader_who_has_it_already_gets_no_body(rest, olga, project, chat):
    client = rest(olga)
    seen = tag(client, PROJECT)
    same = client.get(PROJECT, headers={"If-None-Match": f"W/{seen}"})
    assert (same.status_code, same.content, same["ETag"]) == (304, b"", seen)
    somebody_changes("project", project, chat, olga)
    assert client.get(PROJECT, headers={"If-None-Match": seen}).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("database_url")
def test_of_many_who_saw_the_same_one_changes_it(rest, olga, project):
    client = rest(olga)
    given = {"If-Match": tag(client, PROJECT)}
    answers = at_once(
        *[
            lambda n=n: client.patch(PROJECT, {"name": f"Post {n}"}, headers=given).status_code
            for n in range(4)
        ]
    )
    assert sorted(answers) == [200, 412, 412, 412]
