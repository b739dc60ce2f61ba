"""The project's home: the loop in numbers, and the one next thing for this person."""

import pytest

from authoring.actions import reviews, snapshots
from authoring.models import Membership, Project

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(browse, at):
    """home(ada) → what her project page shows."""

    def shown(person):
        return browse(person).get(at("project")).context

    return shown


def values(context):
    return {page: station.value for page, station in context["stations"].items()}


def test_one_project_opens_at_once_and_several_are_listed(browse, at, ada, project):
    assert browse(ada).get("/").url == at("project")
    assert browse(ada).get("/?all").status_code == 200
    other = Project.objects.create(name="Other", slug="other", created_by=ada)
    Membership.objects.create(project=other, user=ada, role="viewer")
    page = browse(ada).get("/").content.decode()
    assert "/p/other/" in page
    assert "/p/letters/" in page


def test_somebody_without_a_project_is_offered_one(browse, eve):
    assert "/projects/new/" in browse(eve).get("/").content.decode()


def test_an_empty_project_has_noughts_and_nothing_measured(home, vera):
    found = values(home(vera))
    assert (found["pair_new"], found["review"], found["pairs"], found["runs"]) == (0, 0, "0", 0)
    assert found["snapshots"] is None
    assert found["dashboard"] is None


def test_the_stations_count_what_is_there(home, project, ada, rui, tao, write, submit, approve):
    write("a draft")
    submit("waiting")
    for n in range(5):
        approve(f"approved number {n}, unlike any other")
    snapshots.freeze(project=project, by=tao, settings=snapshots.default_settings(project=project))
    context = home(rui)
    found = values(context)
    assert (found["pair_new"], found["review"], found["pairs"]) == (1, 1, "5")
    assert found["snapshots"] == "#1"
    assert "1 for you" in context["stations"]["review"].note
    assert "0 yours" in context["stations"]["pair_new"].note


def test_rest_says_what_the_page_shows(home, browse, project, ada, tao, write, submit, approve):
    write("a draft")
    submit("waiting")
    for n in range(5):
        approve(f"approved number {n}, unlike any other")
    frozen = snapshots.freeze(project=project, by=tao)
    shown = home(ada)
    answer = browse(ada).get("/api/v1/projects/letters/loop/")
    body = answer.json()
    assert answer.status_code == 200
    numbers = ("tasks", "drafts", "my_drafts", "waiting", "waiting_for_me", "approved", "runs")
    assert {name: body[name] for name in numbers} == {
        name: getattr(shown["now"], name) for name in numbers
    }
    assert (body["drafts"], body["waiting"], body["approved"], body["best"]) == (1, 1, 5, None)
    assert body["newest_snapshot"] == {"id": frozen.pk, "number": 1}
    assert (body["next"]["station"], body["next"]["title"]) == (
        shown["next"].station,
        shown["next"].title,
    )


def test_the_first_thing_is_a_task_for_whoever_may_add_one(home, olga, vera):
    assert home(olga)["next"].url.endswith("/settings/tasks/new/")
    assert home(vera)["next"].url.endswith("/dashboard/")


def test_an_author_is_sent_to_write(home, ada, chat):
    assert home(ada)["next"].url.endswith("/write/")


def test_texts_that_came_back_go_before_everything(home, ada, rui, submit):
    pair = submit("one")
    reviews.judge(revision=pair.head, verdict="request_changes", comment="Shorter.", by=rui)
    assert "state=changes_requested" in home(ada)["next"].url
    assert home(ada)["next"].station == "pair_new"


def test_a_reviewer_is_sent_to_what_waits_and_never_to_their_own(home, rui, submit):
    submit("mine", by=rui)
    assert home(rui)["next"].station != "review"
    submit("another's")
    assert home(rui)["next"].station == "review"


def test_a_trainer_is_sent_to_freeze_and_then_to_train(home, project, tao, approve):
    for n in range(5):
        approve(f"approved number {n}, unlike any other")
    assert home(tao)["next"].url.endswith("/snapshots/new/")
    snapshots.freeze(project=project, by=tao, settings=snapshots.default_settings(project=project))
    assert "/runs/new/" in home(tao)["next"].url


def test_an_authors_own_drafts_wait_to_be_finished(home, ada, write):
    write("half a thought")
    assert f"state=draft&author={ada.pk}" in home(ada)["next"].url
