"""Two people write the same pair: both texts live, and nobody's work is overwritten unseen."""

import pytest

from authoring.actions import pairs
from authoring.errors import Conflict

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def save(pair, response, *, by, parent):
    return pairs.write(pair=pair, content={"response": response}, parent=parent, by=by)


def responses(pair):
    return {one.response for one in pair.revisions.all()}


def test_who_saw_an_older_revision_writes_beside_the_head(write, ada, rui):
    pair = write("Say hello", "Hello!")
    theirs = save(pair, "Good day!", by=rui, parent=1)
    mine = save(pair, "Hi!", by=ada, parent=1)
    assert mine.conflict
    assert mine.pair.head == theirs.revision
    assert (mine.revision.number, mine.revision.parent.number) == (3, 1)
    assert responses(pair) == {"Hello!", "Good day!", "Hi!"}


def test_saving_on_the_head_settles_it(write, ada, rui):
    pair = write("Say hello", "Hello!")
    save(pair, "Good day!", by=rui, parent=1)
    save(pair, "Hi!", by=ada, parent=1)
    settled = save(pair, "Hi!", by=ada, parent=2)
    assert not settled.conflict
    assert settled.pair.head.response == "Hi!"


def test_going_on_beside_the_head_stays_a_conflict(write, ada, rui):
    pair = write("Say hello", "Hello!")
    save(pair, "Good day!", by=rui, parent=1)
    beside = save(pair, "Hi!", by=ada, parent=1)
    further = save(pair, "Hi there!", by=ada, parent=beside.revision.number)
    assert further.conflict
    assert further.revision.parent == beside.revision


def test_a_repeated_save_beside_the_head_makes_no_second_revision(write, ada, rui):
    pair = write("Say hello", "Hello!")
    save(pair, "Good day!", by=rui, parent=1)
    first, second = (save(pair, "Hi!", by=ada, parent=1) for _ in range(2))
    assert first.revision == second.revision
    assert pair.revisions.count() == 3


def test_the_same_text_as_theirs_is_no_conflict(write, ada, rui):
    pair = write("Say hello", "Hello!")
    theirs = save(pair, "Good day!", by=rui, parent=1)
    mine = save(pair, "Good day!", by=ada, parent=1)
    assert not mine.conflict
    assert mine.revision == theirs.revision


def test_ones_own_two_windows_do_not_conflict(write, ada):
    pair = write("Say hello", "Hello!")
    save(pair, "Hi!", by=ada, parent=1)
    later = save(pair, "Hey!", by=ada, parent=1)
    assert not later.conflict
    assert later.pair.head.response == "Hey!"
    assert responses(pair) == {"Hello!", "Hi!", "Hey!"}


def test_ones_own_two_windows_do_not_conflict_over_what_somebody_else_began(write, ada, rui):
    pair = write("Say hello", "Hello!", by=rui)
    first = save(pair, "Hi!", by=ada, parent=1).revision
    save(pair, "Hey!", by=ada, parent=1)
    assert not save(pair, "Hi there!", by=ada, parent=first.number).conflict


def test_ones_own_old_window_does_not_bury_what_somebody_else_wrote_between(write, ada, rui):
    pair = write("Say hello", "Hello!")
    save(pair, "Good day!", by=rui, parent=1)
    save(pair, "Good day to you!", by=ada, parent=2)
    old_window = save(pair, "Hi!", by=ada, parent=1)
    assert old_window.conflict
    assert old_window.pair.head.response == "Good day to you!"


def test_a_conflict_leaves_the_pair_in_the_review_queue(submit, ada, rui):
    pair = submit("Say hello", "Hello!")
    save(pair, "Good day!", by=rui, parent=1)
    pair = pairs.submit(pair=pair, by=rui)
    assert save(pair, "Hi!", by=ada, parent=1).pair.state == "submitted"


def test_a_revision_that_is_not_there_can_not_have_been_seen(write, ada):
    pair = write("Say hello", "Hello!")
    with pytest.raises(Conflict):
        save(pair, "Hi!", by=ada, parent=9)
    assert pair.revisions.count() == 1
