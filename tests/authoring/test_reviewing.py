"""Verdicts: never on one's own revision, by as many people as the project asks for, changeable."""

import pytest
from django.core.exceptions import PermissionDenied

from authoring.actions import pairs, projects, reviews
from authoring.errors import Conflict, Invalid
from authoring.models import Review
from authoring.models.review import EDITABLE
from tests.cast import member

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def judge(pair, by, verdict="approve", comment="Because.", **more):
    pair.refresh_from_db()
    return reviews.judge(revision=pair.head, verdict=verdict, comment=comment, by=by, **more)


@pytest.fixture
def two_approvals(project, olga):
    projects.change(project=project, approvals_required=2, by=olga)


def test_an_approved_pair_points_at_what_was_approved(submit, rui):
    pair = submit("Say hello")
    judged = judge(pair, rui, ratings={"clear": 5})
    assert (judged.pair.state, judged.pair.approved) == ("approved", pair.head)
    assert judged.review.ratings == {"clear": 5}


def test_nobody_reviews_their_own_revision(submit, rui, olga):
    for author in (rui, olga):
        pair = submit("Say hello", by=author)
        with pytest.raises(PermissionDenied):
            judge(pair, author)


def test_who_edits_a_pair_does_not_approve_the_edit_but_another_does(submit, ada, rui, olga):
    pair = submit("Say hello", "Helo!")
    pairs.write(pair=pair, content={"response": "Hello!"}, parent=1, by=rui)
    pairs.submit(pair=pair, by=rui)
    with pytest.raises(PermissionDenied):
        judge(pair, rui)
    assert judge(pair, olga).pair.state == "approved"


def test_a_draft_is_not_judged(write, rui):
    with pytest.raises(Conflict):
        judge(write("Say hello", "Hello!"), rui)


def test_an_older_revision_is_not_judged(submit, ada, rui):
    pair = submit("Say hello")
    old = pair.head
    pairs.write(pair=pair, content={"response": "Hi!"}, by=ada)
    pairs.submit(pair=pair, by=ada)
    with pytest.raises(Conflict):
        reviews.judge(revision=old, verdict="approve", by=rui)


def test_a_deleted_pair_is_not_judged(submit, ada, rui):
    pair = submit("Say hello")
    pairs.delete(pair=pair, by=ada)
    with pytest.raises(Conflict):
        judge(pair, rui)


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"verdict": "maybe"}, "verdict"),
        ({"ratings": {"clear": 6}}, "ratings"),
        ({"ratings": {"clear": True}}, "ratings"),
        ({"ratings": {"": 3}}, "ratings"),
        ({"verdict": "reject", "comment": " "}, "comment"),
        ({"verdict": "request_changes", "comment": ""}, "comment"),
        ({"comment": "\x00"}, "comment"),
    ],
)
def test_a_bad_verdict_is_refused_by_field(bad, field, submit, rui):
    with pytest.raises(Invalid) as refused:
        judge(submit("Say hello"), rui, **bad)
    assert set(refused.value.fields) == {field}
    assert not Review.objects.exists()


def test_two_approvals_are_by_two_people(two_approvals, submit, rui, olga):
    pair = submit("Say hello")
    assert judge(pair, rui).pair.state == "submitted"
    assert judge(pair, rui).pair.state == "submitted"
    assert judge(pair, olga).pair.state == "approved"


def test_a_request_for_changes_counts_at_once(two_approvals, submit, rui, olga):
    pair = submit("Say hello")
    judge(pair, rui)
    assert judge(pair, olga, "request_changes").pair.state == "changes_requested"


def test_the_second_reviewer_judges_blind(two_approvals, submit, ada, rui, olga):
    pair = submit("Say hello")
    judge(pair, rui)
    assert not Review.objects.visible_to(olga).exists()
    assert Review.objects.visible_to(ada).exists()
    assert Review.objects.visible_to(rui).exists()
    judge(pair, olga)
    assert Review.objects.visible_to(olga).count() == 2


def test_a_changed_mind_keeps_what_was_thought_before(submit, rui):
    pair = submit("Say hello")
    judge(pair, rui, comment="Fine.")
    judged = judge(pair, rui, "reject", comment="On second thought, no.")
    assert (judged.pair.state, judged.pair.approved) == ("rejected", None)
    assert [(one["verdict"], one["comment"]) for one in judged.review.history] == [
        ("approve", "Fine.")
    ]
    assert Review.objects.count() == 1


def test_taking_an_approval_back_brings_back_the_approval_before_it(approve, ada, rui):
    pair = approve("Say hello", "Hello!")
    first = pair.approved
    pairs.write(pair=pair, content={"response": "Hi!"}, by=ada)
    pairs.submit(pair=pair, by=ada)
    assert judge(pair, rui).pair.approved != first
    assert judge(pair, rui, "reject").pair.approved == first


def test_a_rejection_of_a_newer_revision_leaves_the_approved_one(approve, ada, rui):
    pair = approve("Say hello", "Hello!")
    pairs.write(pair=pair, content={"response": "Nope"}, by=ada)
    pairs.submit(pair=pair, by=ada)
    judged = judge(pair, rui, "reject")
    assert (judged.pair.state, judged.pair.approved.response) == ("rejected", "Hello!")


def test_the_last_ten_verdicts_may_be_changed_and_no_older_one(submit, rui):
    judged = [submit(f"Question {n}") for n in range(EDITABLE + 1)]
    for pair in judged:
        judge(pair, rui)
    assert judge(judged[1], rui, "reject").pair.state == "rejected"
    with pytest.raises(Conflict):
        judge(judged[0], rui, "reject")


def test_over_rest_a_reviewer_reads_the_ten_that_may_be_changed(submit, rui, ada, rest):
    judged = [submit(f"Question {n}") for n in range(EDITABLE + 1)]
    for pair in judged:
        judge(pair, rui)
    url = "/api/v1/projects/letters/last-reviews/"
    body = rest(rui).get(url, {"page_size": 4}).json()
    assert body["count"] == EDITABLE
    assert [one["pair"] for one in body["results"]] == [one.pk for one in judged[:-5:-1]]
    first = body["results"][0]
    changed = rest(rui).post(
        f"/api/v1/revisions/{first['revision']}/reviews/", {"verdict": "reject", "comment": "No."}
    )
    assert changed.json()["review"]["id"] == first["id"]
    assert rest(rui).get(url).json()["results"][0]["verdict"] == "reject"
    assert rest(ada).get(url).status_code == 403


def test_changing_an_old_verdict_does_not_make_it_a_new_one(submit, rui):
    judged = [submit(f"Question {n}") for n in range(EDITABLE)]
    for pair in judged:
        judge(pair, rui)
    judge(judged[0], rui, "reject")
    judge(submit("One more"), rui)
    with pytest.raises(Conflict):
        judge(judged[0], rui)


def test_who_comes_too_late_is_told(submit, rui, olga):
    pair = submit("Say hello")
    judge(pair, rui)
    with pytest.raises(Conflict):
        judge(pair, olga)


def test_one_rejection_among_approvals_decides_until_it_is_changed(
    two_approvals, project, submit, rui, olga
):
    otto = member("Otto", project, "reviewer")
    pair = submit("Say hello")
    judge(pair, rui)
    judge(pair, olga, "reject")
    with pytest.raises(Conflict):
        judge(pair, otto)
    assert judge(pair, olga).pair.state == "approved"
