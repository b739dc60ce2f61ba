"""Judging on the page: one at a time, never one's own, and a changed mind for the last ten."""

import pytest

from authoring.actions import pairs
from authoring.models import Review

pytestmark = pytest.mark.django_db


def verdict(pair, verdict="approve", **fields):
    return {"revision": pair.head_id, "verdict": verdict, "comment": "", **fields}


def test_the_oldest_waiting_pair_comes_first(browse, at, rui, submit):
    first, second = submit("one"), submit("two")
    browser = browse(rui)
    assert browser.get(at("review")).context["pair"] == first
    assert browser.get(at("review") + f"?after={first.pk}").context["pair"] == second


def test_a_verdict_is_recorded_with_its_ratings_and_leads_on(browse, at, rui, submit):
    pair = submit("one")
    fields = verdict(pair, rating_overall="4", comment="Good.")
    answer = browse(rui).post(at("review"), fields)
    assert answer.url == at("review") + f"?after={pair.pk}"
    review = Review.objects.get()
    assert (review.verdict, review.ratings, review.comment) == ("approve", {"overall": 4}, "Good.")
    pair.refresh_from_db()
    assert pair.state == "approved"


def test_a_verdict_against_it_needs_words_and_keeps_what_was_chosen(browse, at, rui, submit):
    pair = submit("one")
    answer = browse(rui).post(at("review"), verdict(pair, "reject", rating_overall="2"))
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "Say what is wrong, so that its author can act on it." in page
    assert 'value="2" checked' in page
    assert not Review.objects.exists()


def test_ones_own_pair_is_never_offered_and_never_taken(browse, at, rui, submit):
    pair = submit("mine", by=rui)
    browser = browse(rui)
    assert "pair" not in browser.get(at("review")).context
    assert browser.post(at("review"), verdict(pair)).status_code == 403
    own = browser.get(at("review") + f"?pair={pair.pk}").content.decode()
    assert "You wrote this revision yourself." in own
    assert not Review.objects.exists()


def test_two_reviewers_are_given_different_pairs(browse, at, rui, olga, submit):
    first, second = submit("one"), submit("two")
    assert browse(rui).get(at("review")).context["pair"] == first
    assert browse(olga).get(at("review")).context["pair"] == second


def test_a_mind_may_be_changed_and_the_old_verdict_is_kept(browse, at, rui, submit):
    pair = submit("one")
    browser = browse(rui)
    browser.post(at("review"), verdict(pair))
    again = browser.get(at("review") + f"?pair={pair.pk}")
    assert "You decided" in again.content.decode()
    assert not again.context["earlier"], "one's own verdict is said once"
    browser.post(at("review"), verdict(pair, "reject", comment="On second thoughts, no."))
    review = Review.objects.get()
    assert review.verdict == "reject"
    assert [one["verdict"] for one in review.history] == ["approve"]


def test_the_last_ten_decisions_are_listed_newest_first(browse, at, rui, submit):
    browser = browse(rui)
    made = [submit(f"number {n}") for n in range(12)]
    for pair in made:
        browser.post(at("review"), verdict(pair))
    last = browser.get(at("review_last")).context["last"]
    assert [one.revision.pair for one in last] == made[:1:-1]


def test_what_changed_since_it_was_judged_last_is_shown(browse, at, ada, rui, submit):
    pair = submit("one", "A first try")
    browser = browse(rui)
    browser.post(at("review"), verdict(pair, "request_changes", comment="Shorter."))
    pairs.write(pair=pair, content={"response": "A try"}, by=ada)
    pairs.submit(pair=pair, by=ada)
    shown = browser.get(at("review"))
    assert [(one.before, one.after) for one in shown.context["changes"]] == [
        ("A first try", "A try")
    ]
    assert "Shorter." in shown.content.decode()


def test_a_newer_revision_is_said_and_the_comment_is_kept(browse, at, ada, rui, submit):
    pair = submit("one")
    stale = verdict(pair, "request_changes", comment="A long considered comment")
    pairs.write(pair=pair, content={"response": "newer"}, by=ada)
    answer = browse(rui).post(at("review"), stale)
    assert answer.status_code == 409
    assert "A long considered comment" in answer.content.decode()


def test_the_next_one_is_preloaded(browse, at, rui, submit):
    pair = submit("one")
    page = browse(rui).get(at("review")).content.decode()
    assert f'rel="prefetch" href="{at("review")}?after={pair.pk}"' in page


def test_an_empty_queue_offers_something_to_do(browse, at, rui, chat):
    page = browse(rui).get(at("review")).content.decode()
    assert "Nothing waits for you" in page
    assert at("pair_new") in page


@pytest.mark.parametrize("revision", ["", "x", "999999"])
def test_a_verdict_on_nothing_is_not_found(browse, at, rui, chat, revision):
    fields = {"revision": revision, "verdict": "approve"}
    assert browse(rui).post(at("review"), fields).status_code == 404
