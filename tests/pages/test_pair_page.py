"""One pair to read: its text, what changed, what was said, where it went, and its deeds."""

import pytest

from authoring.actions import pairs, reviews, snapshots

pytestmark = pytest.mark.django_db


def test_an_older_revision_is_shown_with_what_the_newer_one_changed(browse, at, vera, ada, write):
    pair = write("Say hello", "Hello there")
    pairs.write(pair=pair, content={"response": "Hello friend"}, by=ada)
    newest = browse(vera).get(at("pair", pk=pair.pk))
    assert [(one.before, one.after) for one in newest.context["changes"]] == [
        ("Hello there", "Hello friend")
    ]
    older = browse(vera).get(at("pair", pk=pair.pk) + "?revision=1").content.decode()
    assert "Hello there" in older
    assert "the newest is 2" in older


def test_a_text_that_stands_beside_the_head_is_pointed_out(browse, at, ada, olga, write):
    pair = write("Say hello", "Hello")
    pairs.write(pair=pair, content={"response": "Olga's"}, by=olga)
    aside = pairs.write(pair=pair, content={"response": "Ada's"}, parent=1, by=ada).revision
    answer = browse(ada).get(at("pair", pk=pair.pk))
    assert answer.context["aside"] == [aside]
    assert "Another text stands beside this one." in answer.content.decode()


def test_reviews_stand_with_their_comment(browse, at, ada, rui, submit):
    pair = submit("Say hello")
    reviews.judge(revision=pair.head, verdict="request_changes", comment="Say to whom.", by=rui)
    assert "Say to whom." in browse(ada).get(at("pair", pk=pair.pk)).content.decode()


def test_a_second_reviewer_does_not_see_the_first_verdict(browse, at, project, rui, olga, submit):
    project.approvals_required = 2
    project.save()
    pair = submit("Say hello")
    reviews.judge(revision=pair.head, verdict="approve", comment="lovely", by=rui)
    assert "lovely" not in browse(olga).get(at("pair", pk=pair.pk)).content.decode()
    assert "lovely" not in browse(olga).get(at("review") + f"?pair={pair.pk}").content.decode()


def test_the_snapshots_it_went_into_are_linked(browse, at, project, tao, vera, approve):
    pair = approve("Say hello")
    for n in range(4):
        approve(f"Another one, number {n}")
    settings = snapshots.default_settings(project=project)
    made = snapshots.freeze(project=project, by=tao, settings=settings)
    page = browse(vera).get(at("pair", pk=pair.pk)).content.decode()
    assert at("snapshot", pk=made.pk) in page


def test_the_deeds_of_a_pair(browse, at, ada, write):
    pair = write("Say hello", "Hello")
    browser = browse(ada)
    for deed, state in (("submit", "submitted"), ("withdraw", "draft")):
        browser.post(at(f"pair_{deed}", pk=pair.pk))
        pair.refresh_from_db()
        assert pair.state == state
    browser.post(at("pair_delete", pk=pair.pk))
    page = browser.get(at("pair", pk=pair.pk)).content.decode()
    assert at("pair_restore", pk=pair.pk) in page
    browser.post(at("pair_restore", pk=pair.pk))
    pair.refresh_from_db()
    assert pair.deleted_at is None


def test_a_deed_that_the_state_forbids_is_said_on_the_page(browse, at, ada, write):
    pair = write("Say hello", "Hello")
    answer = browse(ada).post(at("pair_withdraw", pk=pair.pk))
    assert answer.status_code == 409
    assert "the state has changed meanwhile" in answer.content.decode()


def test_a_viewer_gets_no_buttons(browse, at, vera, write):
    pair = write("Say hello", "Hello")
    page = browse(vera).get(at("pair", pk=pair.pk)).content.decode()
    assert at("pair_edit", pk=pair.pk) not in page
    assert at("pair_delete", pk=pair.pk) not in page
