"""Approving a whole import: by somebody else than its importer, and recorded as what it is."""

import json
from datetime import datetime

import pytest
from django.core.exceptions import PermissionDenied

from authoring.actions import bulk, imports, pairs, projects, reviews
from authoring.errors import Conflict, NothingToDo
from authoring.models import Review

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def imported(upload, ada):
    """imported(3) → an import of so many pairs, all awaiting review."""

    def made(rows: int = 3, by=None):
        lines = (
            json.dumps({"instruction": f"Question {n}", "response": "Yes"}) for n in range(rows)
        )
        checked = upload("in.jsonl", "\n".join(lines), by=by)
        return imports.commit(dataset_import=checked, by=by or ada)

    return made


def test_every_pair_is_approved_and_recorded_as_bulk(imported, rui):
    dataset_import = imported(3)
    assert reviews.approve_import(dataset_import=dataset_import, by=rui) == 3
    for pair in dataset_import.pairs.all():
        assert (pair.state, pair.approved) == ("approved", pair.head)
    assert set(Review.objects.values_list("reviewer", "bulk", "verdict")) == {
        (rui.pk, True, "approve")
    }


def test_the_importer_does_not_approve_their_own_import(imported, rui):
    with pytest.raises(PermissionDenied):
        reviews.approve_import(dataset_import=imported(by=rui), by=rui)
    assert not Review.objects.exists()


def test_what_the_approver_edited_is_left_for_somebody_else(imported, rui, olga):
    dataset_import = imported(3)
    edited = dataset_import.pairs.first()
    pairs.write(pair=edited, content={"response": "No"}, by=rui)
    pairs.submit(pair=edited, by=rui)
    assert reviews.approve_import(dataset_import=dataset_import, by=rui) == 2
    edited.refresh_from_db()
    assert edited.state == "submitted"
    assert reviews.approve_import(dataset_import=dataset_import, by=olga) == 1


def test_where_two_approvals_are_needed_it_is_one_of_them(imported, rui, olga, project):
    projects.change(project=project, approvals_required=2, by=olga)
    dataset_import = imported(3)
    reviews.approve_import(dataset_import=dataset_import, by=rui)
    assert not dataset_import.pairs.filter(state="approved").exists()
    one = dataset_import.pairs.first()
    reviews.judge(revision=one.head, verdict="request_changes", comment="Hm.", by=olga)
    reviews.approve_import(dataset_import=dataset_import, by=olga)
    assert dataset_import.pairs.filter(state="approved").count() == 2


def test_the_import_says_who_approved_it_in_bulk_and_when(imported, rest, ada, rui):
    dataset_import = imported(3)
    reviews.approve_import(dataset_import=dataset_import, by=rui)
    said = rest(ada).get(f"/api/v1/imports/{dataset_import.pk}/").json()["bulk_approvals"]
    newest = Review.objects.latest("created_at").created_at
    assert [(one["reviewer"], one["pairs"]) for one in said] == [("Rui", 3)]
    assert datetime.fromisoformat(said[0]["at"]) == newest


def test_who_may_still_judge_is_not_told_what_others_said(imported, rest, rui, olga, project):
    projects.change(project=project, approvals_required=2, by=olga)
    dataset_import = imported(3)
    reviews.approve_import(dataset_import=dataset_import, by=rui)
    address = f"/api/v1/imports/{dataset_import.pk}/"
    assert rest(olga).get(address).json()["bulk_approvals"] == []
    reviews.approve_import(dataset_import=dataset_import, by=olga)
    assert len(rest(olga).get(address).json()["bulk_approvals"]) == 2


def test_chosen_pairs_are_approved_in_bulk_and_ones_own_are_not(submit, rui, project):
    theirs, own = submit("A", "a"), submit("B", "b", by=rui)
    done = bulk.apply(project=project, deed="approve", ids=[theirs.pk, own.pk], by=rui)
    assert done.done == [theirs.pk]
    assert list(done.refused) == [own.pk]
    given = Review.objects.get()
    assert (given.revision, given.reviewer, given.bulk) == (theirs.head, rui, True)
    theirs.refresh_from_db()
    assert (theirs.state, theirs.approved) == ("approved", theirs.head)


def test_chosen_pairs_that_do_not_await_review_are_refused(write, approve, rui, project):
    draft, approved = write("A", "a"), approve("B", "b")
    done = bulk.apply(project=project, deed="approve", ids=[draft.pk, approved.pk], by=rui)
    assert (done.done, set(done.refused)) == ([], {draft.pk, approved.pk})


def test_who_only_writes_approves_nothing(submit, ada, project):
    with pytest.raises(PermissionDenied):
        bulk.apply(project=project, deed="approve", ids=[submit("A", "a").pk], by=ada)


def test_taking_a_bulk_approval_back_leaves_verdicts_given_by_hand(approve, rui, project):
    by_hand = approve("A", "a")
    done = bulk.apply(project=project, deed="unapprove", ids=[by_hand.pk], by=rui)
    assert (done.done, list(done.refused)) == ([], [by_hand.pk])
    assert Review.objects.count() == 1


def test_chosen_pairs_need_as_many_approvals_as_any_other(submit, rui, olga, project):
    projects.change(project=project, approvals_required=2, by=olga)
    pair = submit("A", "a")
    for reviewer, state in ((rui, "submitted"), (olga, "approved")):
        bulk.apply(project=project, deed="approve", ids=[pair.pk], by=reviewer)
        pair.refresh_from_db()
        assert pair.state == state


def test_drafts_of_an_import_stay_drafts(upload, ada, rui):
    rows = '{"instruction": "a", "response": ""}\n{"instruction": "b", "response": "c"}'
    dataset_import = imports.commit(dataset_import=upload("in.jsonl", rows), by=ada)
    assert reviews.approve_import(dataset_import=dataset_import, by=rui) == 1
    assert sorted(dataset_import.pairs.values_list("state", flat=True)) == ["approved", "draft"]


def test_a_second_time_there_is_nothing_to_do(imported, rui):
    dataset_import = imported(2)
    reviews.approve_import(dataset_import=dataset_import, by=rui)
    with pytest.raises(NothingToDo):
        reviews.approve_import(dataset_import=dataset_import, by=rui)


def test_a_file_that_is_only_checked_can_not_be_approved(upload, rui):
    with pytest.raises(Conflict):
        reviews.approve_import(
            dataset_import=upload("in.jsonl", '{"instruction": "a", "response": "b"}'), by=rui
        )


def test_a_bulk_approval_may_be_changed_by_hand_while_the_pair_awaits_others(
    imported, rui, olga, project
):
    projects.change(project=project, approvals_required=2, by=olga)
    dataset_import = imported(1)
    reviews.approve_import(dataset_import=dataset_import, by=rui)
    revision = dataset_import.pairs.get().head
    judged = reviews.judge(revision=revision, verdict="reject", comment="No.", by=rui)
    assert (judged.review.bulk, judged.pair.state) == (False, "rejected")
    assert [one["verdict"] for one in judged.review.history] == ["approve"]
