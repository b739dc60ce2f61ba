"""The queue: oldest first, nobody's own, and never the same pair before two people."""

from datetime import timedelta

import pytest
from django.utils import timezone

from authoring.actions import people, projects, review_queue, reviews
from authoring.errors import Conflict
from authoring.models import ReviewClaim
from authoring.models.pair import PairQuerySet

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def queue(project, by, after=None):
    return review_queue.next_for(project=project, by=by, after=after)


def run_out(**claims):
    ReviewClaim.objects.filter(**claims).update(expires_at=timezone.now() - timedelta(seconds=1))


def test_the_longest_waiting_comes_first(submit, rui, project):
    first, _second = submit("First"), submit("Second")
    assert queue(project, rui) == first


def test_asked_again_it_gives_the_pair_in_hand(submit, rui, project):
    submit("First")
    second = submit("Second")
    review_queue.claim(pair=second, by=rui)
    assert queue(project, rui) == second
    assert queue(project, rui) == second
    assert ReviewClaim.objects.count() == 1


def test_two_reviewers_never_get_the_same_pair(submit, rui, olga, project):
    submitted = [submit(f"Question {n}") for n in range(6)]
    given = []
    for _round in range(3):
        for reviewer in (rui, olga):
            pair = queue(project, reviewer)
            given.append(pair)
            reviews.judge(revision=pair.head, verdict="approve", by=reviewer)
    assert sorted(pair.pk for pair in given) == [pair.pk for pair in submitted]


def test_what_one_holds_another_is_not_given(submit, rui, olga, project):
    only = submit("Only one")
    assert queue(project, rui) == only
    assert queue(project, olga) is None
    with pytest.raises(Conflict):
        review_queue.claim(pair=only, by=olga)


def test_a_claim_that_ran_out_frees_the_pair(submit, rui, olga, project):
    only = submit("Only one")
    queue(project, rui)
    run_out()
    assert queue(project, olga) == only
    assert ReviewClaim.objects.get().user == olga


def test_a_claim_is_given_back(submit, rui, olga, project):
    only = submit("Only one")
    review_queue.claim(pair=only, by=rui)
    review_queue.release(pair=only, by=rui)
    assert queue(project, olga) == only


def test_holding_on_prolongs_the_claim(submit, rui, project):
    pair = submit("Only one")
    review_queue.claim(pair=pair, by=rui)
    ReviewClaim.objects.update(expires_at=timezone.now() + timedelta(seconds=30))
    prolonged = review_queue.claim(pair=pair, by=rui)
    assert prolonged.expires_at > timezone.now() + timedelta(minutes=14)


def test_ones_own_pairs_never_come(submit, rui, olga, project):
    submit("Rui's", by=rui)
    assert queue(project, rui) is None
    assert queue(project, olga) is not None


def test_skipping_goes_on_behind_and_starts_over(submit, rui, project):
    first, second, third = (submit(text) for text in ("First", "Second", "Third"))
    assert queue(project, rui, after=first) == second
    assert queue(project, rui, after=second) == third
    assert queue(project, rui, after=third) == first


def test_the_only_pair_is_not_skipped_to(submit, rui, project):
    only = submit("Only one")
    assert queue(project, rui, after=only) is None


def test_a_judged_pair_waits_for_somebody_else(submit, rui, olga, project):
    projects.change(project=project, approvals_required=2, by=olga)
    pair = submit("Say hello")
    reviews.judge(revision=pair.head, verdict="approve", by=rui)
    assert queue(project, rui) is None
    assert queue(project, olga) == pair


def test_deactivating_a_reviewer_frees_what_they_held(submit, rui, olga, project):
    root = people.create_owner(email="root@example.org")
    only = submit("Only one")
    queue(project, rui)
    people.deactivate(user=rui, by=root)
    assert queue(project, olga) == only


def test_deleted_pairs_are_not_in_the_queue(submit, ada, rui, project):
    from authoring.actions import pairs

    pairs.delete(pair=submit("Only one"), by=ada)
    assert queue(project, rui) is None


def test_a_claim_that_came_while_the_queue_was_read_is_seen_before_the_pair_is_given(
    submit, project, rui, olga, monkeypatch
):
    """What PostgreSQL does to the slower of two: it read before the other's claim was committed, and
    finds the row unlocked."""
    first, second = submit("First"), submit("Second")
    review_queue.next_for(project=project, by=rui)
    monkeypatch.setattr(PairQuerySet, "unclaimed_by_others", lambda queue, user: queue)
    assert review_queue.next_for(project=project, by=olga) == second
    assert ReviewClaim.objects.get(pair=first).user == rui
