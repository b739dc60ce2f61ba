"""Freezing on the page: what it would hold, leaks named, one click to drop them, export."""

import json

import pytest

from authoring.models import Snapshot

pytestmark = pytest.mark.django_db

DEFAULTS = {
    "name": "",
    "note": "",
    "split_rule": "stratified",
    "train": "60",
    "validation": "20",
    "test": "20",
    "leaks": "keep",
    "threshold": "0.8",
    "seed": "17",
    "longest": "100000",
}
TEXTS = (
    "Why is the sea salty?",
    "Name a poem about trains",
    "How do bees find their hive",
    "Translate good night into Welsh",
    "What does a notary do all day",
    "Describe the smell of rain",
    "Give me a riddle about clocks",
    "Who invented the zip fastener",
    "Explain tides with two oranges",
    "Suggest a name for a grey cat",
)


@pytest.fixture
def ten_approved(approve):
    return [approve(text) for text in TEXTS]


@pytest.fixture
def leaking(approve, ten_approved):
    """A pair whose prompt stands in train and, by the file's own split, in test too."""
    for split, pair in zip(("train", "test"), (approve("Twice"), approve("Twice")), strict=True):
        pair.split = split
        pair.save()


def test_the_plan_shows_what_will_be_frozen(browse, at, tao, ten_approved, write):
    write("not approved")
    shown = browse(tao).get(at("snapshot_new"), DEFAULTS)
    assert shown.context["totals"] == [6, 2, 2]
    assert [(one.reason, one.count) for one in shown.context["left_out"]] == [("not_approved", 1)]
    assert not Snapshot.objects.exists()


def test_freezing_holds_exactly_what_the_plan_showed(browse, at, tao, ten_approved):
    browser = browse(tao)
    plan = browser.get(at("snapshot_new"), DEFAULTS).context["plan"]
    browser.post(at("snapshot_new"), DEFAULTS | {"name": "first"})
    snapshot = Snapshot.objects.get()
    assert snapshot.content_hash == plan.content_hash
    assert snapshot.name == "first"


def test_the_part_alone_is_fetched_while_one_chooses(browse, at, tao, ten_approved):
    part = browse(tao).get(at("snapshot_new"), DEFAULTS, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()


def test_shares_that_do_not_sum_up_are_said_and_kept(browse, at, tao, ten_approved):
    answer = browse(tao).post(at("snapshot_new"), DEFAULTS | {"train": "90", "name": "kept"})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "The three shares must sum to 1." in page
    assert 'value="kept"' in page
    assert not Snapshot.objects.exists()


def test_with_nothing_approved_the_page_says_what_to_do(browse, at, tao, submit):
    submit("waiting")
    answer = browse(tao).get(at("snapshot_new"))
    assert "then freeze again" in answer.content.decode()


def test_before_the_first_snapshot_everybody_sees_what_they_can_do(
    browse, at, tao, vera, submit, approve
):
    submit("waiting")
    for person in (tao, vera):
        page = browse(person).get(at("snapshots"))
        assert "there is none yet" in page.content.decode()
    approve("ready")
    assert "Freeze the first snapshot" in browse(tao).get(at("snapshots")).content.decode()
    page = browse(vera).get(at("snapshots")).content.decode()
    assert "No snapshot yet" in page
    assert at("snapshot_new") not in page


def test_leaks_are_named_and_dropped_from_train_with_one_click(browse, at, tao, leaking):
    browser = browse(tao)
    browser.post(at("snapshot_new"), DEFAULTS | {"split_rule": "given"})
    first = Snapshot.objects.get()
    page = browser.get(at("snapshot", pk=first.pk)).content.decode()
    assert "One pair stands in train and in test." in page
    browser.post(at("snapshot_drop_leaks", pk=first.pk))
    second = Snapshot.objects.get(parent=first)
    assert second.rows("train") == first.rows("train") - 1
    assert second.rows("test") == first.rows("test")
    page = browser.get(at("snapshot", pk=second.pk)).content.decode()
    assert "stands in train and in test." not in page
    assert at("snapshot", pk=first.pk) in page, "its lineage"


def test_dropping_where_nothing_leaks_is_said_on_the_page(browse, at, tao, ten_approved):
    browser = browse(tao)
    browser.post(at("snapshot_new"), DEFAULTS)
    answer = browser.post(at("snapshot_drop_leaks", pk=Snapshot.objects.get().pk))
    assert answer.status_code == 422
    assert Snapshot.objects.count() == 1


def test_the_rows_of_a_split_are_listed(browse, at, tao, vera, ten_approved):
    browse(tao).post(at("snapshot_new"), DEFAULTS)
    snapshot = Snapshot.objects.get()
    shown = browse(vera).get(at("snapshot", pk=snapshot.pk) + "?split=test")
    assert {item.split for item in shown.context["items"]} == {"test"}
    assert len(shown.context["items"]) == 2


@pytest.mark.parametrize("format", ["studio", "alpaca", "openai", "sharegpt"])
def test_it_is_exported_row_by_row(browse, at, tao, ten_approved, format):
    browser = browse(tao)
    browser.post(at("snapshot_new"), DEFAULTS)
    snapshot = Snapshot.objects.get()
    answer = browser.get(
        at("snapshot_export", pk=snapshot.pk), {"format": format, "split": "train"}
    )
    rows = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert len(rows) == 6
    assert answer["Content-Disposition"] == 'attachment; filename="letters-snapshot-1-train.jsonl"'


def test_an_unknown_format_is_refused_on_the_page(browse, at, tao, ten_approved):
    browser = browse(tao)
    browser.post(at("snapshot_new"), DEFAULTS)
    url = at("snapshot_export", pk=Snapshot.objects.get().pk)
    assert browser.get(url, {"format": "pickle"}).status_code == 400


def test_a_viewer_may_look_and_not_freeze(browse, at, tao, vera, ten_approved):
    browse(tao).post(at("snapshot_new"), DEFAULTS)
    pk = Snapshot.objects.get().pk
    page = browse(vera).get(at("snapshot", pk=pk)).content.decode()
    assert at("snapshot_drop_leaks", pk=pk) not in page
    assert browse(vera).post(at("snapshot_drop_leaks", pk=pk)).status_code == 403
