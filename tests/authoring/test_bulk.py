"""One deed on many pairs, and taking it back."""

import pytest

from authoring.actions import bulk, projects
from authoring.errors import Invalid
from authoring.models import Pair

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def states(pairs):
    return [Pair.objects.get(pk=pair.pk).state for pair in pairs]


def test_what_can_be_done_is_done_and_the_rest_is_refused_by_name(write, submit, ada, project):
    ready, empty, waiting = write("A", "a"), write("B", ""), submit("C", "c")
    ids = [ready.pk, empty.pk, waiting.pk]
    done = bulk.apply(project=project, deed="submit", ids=ids, by=ada)
    assert done.done == [ready.pk]
    assert done.refused.keys() == {empty.pk, waiting.pk}
    assert states([ready, empty, waiting]) == ["submitted", "draft", "submitted"]


@pytest.mark.parametrize("deed", bulk.UNDO)
def test_every_deed_can_be_taken_back(deed, write, submit, ada, rui, project):
    waiting = deed in {"withdraw", "approve", "unapprove"}
    pairs = [submit(text, "x") if waiting else write(text, "x") for text in "ABC"]
    ids = [pair.pk for pair in pairs]
    if deed == "restore":
        bulk.apply(project=project, deed="delete", ids=ids, by=ada)
    if deed == "untag":
        bulk.apply(project=project, deed="tag", ids=ids, tag="late", by=ada)
    if deed == "unapprove":
        bulk.apply(project=project, deed="approve", ids=ids, by=rui)
    by = rui if deed in bulk.REVIEWS else ada

    def seen():
        rows = Pair.objects.filter(pk__in=ids).order_by("pk").with_head()
        return [(one.state, one.deleted_at is None, one.head.tags) for one in rows]

    before = seen()
    done = bulk.apply(project=project, deed=deed, ids=ids, tag="late", by=by)
    assert done.done == ids
    assert seen() != before
    bulk.apply(project=project, deed=done.undo, ids=done.done, tag=done.tag, by=by)
    assert seen() == before


def test_taking_a_tag_back_leaves_those_that_had_it_before(write, ada, project):
    had, had_not = write("A", "a", tags=["late"]), write("B", "b")
    ids = [had.pk, had_not.pk]
    done = bulk.apply(project=project, deed="tag", ids=ids, tag="late", by=ada)
    assert done.done == [had_not.pk]
    bulk.apply(project=project, deed=done.undo, ids=done.done, tag="late", by=ada)
    assert [Pair.objects.get(pk=pk).head.tags for pk in ids] == [["late"], []]


def test_pairs_of_another_project_are_left_alone(write, ada, olga, project):
    pair = write("A", "a")
    elsewhere = projects.create(name="Elsewhere", by=olga)
    done = bulk.apply(project=elsewhere, deed="delete", ids=[pair.pk], by=olga)
    assert done.done == []
    assert Pair.objects.get(pk=pair.pk).deleted_at is None


@pytest.mark.parametrize(
    "bad",
    [
        {"deed": "explode"},
        {"deed": "locked"},
        {"deed": "tag", "tag": " "},
        {"deed": "tag", "tag": "x" * 100},
        {"deed": "delete", "ids": range(bulk.LIMIT + 1)},
    ],
)
def test_a_bad_request_changes_nothing(bad, write, ada, project):
    pair = write("A", "a")
    with pytest.raises(Invalid):
        bulk.apply(**({"project": project, "ids": [pair.pk], "by": ada} | bad))
    assert pair.revisions.count() == 1
