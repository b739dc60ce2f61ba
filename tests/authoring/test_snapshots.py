"""What a snapshot holds, what it leaves out and why, and that it never changes."""

import pytest

from authoring.actions import pairs, project_tasks, reviews, snapshots
from authoring.errors import Invalid, NothingToDo
from authoring.models import Pair, Snapshot
from authoring.snapshot_settings import SnapshotSettings
from tests.authoring.conftest import LABELS

pytestmark = [pytest.mark.django_db, pytest.mark.database]
WORDS = [
    "letter",
    "stamp",
    "courier",
    "window",
    "counter",
    "harbour",
    "garden",
    "market",
    "bridge",
    "lantern",
]
HALVES = {"train": 0.5, "validation": 0.0, "test": 0.5}


@pytest.fixture
def intents(approve, intent):
    """Ten approved pairs of each label, all different."""
    return [
        approve(f"The {word} about {label} {word} {number}", label, task=intent)
        for label in LABELS
        for number, word in enumerate(WORDS)
    ]


@pytest.fixture
def freeze(project, tao):
    def frozen(**settings) -> Snapshot:
        return snapshots.freeze(project=project, by=tao, settings=SnapshotSettings(**settings))

    return frozen


def reasons(snapshot):
    return {one["reason"]: one["pairs"] for one in snapshot.left_out}


def split_of(snapshot, pair):
    return snapshot.items.get(revision__pair=pair).split


def test_each_label_is_dealt_in_proportion(intents, freeze):
    snapshot = freeze()
    assert [snapshot.rows(name) for name in ("train", "validation", "test")] == [24, 3, 3]
    assert snapshot.counts["test"]["labels"] == dict.fromkeys(LABELS, 1)
    assert snapshot.counts["train"]["tasks"] == {"intent": 24}
    assert snapshot.counts["train"]["languages"] == {"en": 24}


def test_the_same_pairs_and_seed_give_the_same_snapshot(intents, freeze):
    first, again, other = freeze(), freeze(), freeze(seed=18)
    assert first.content_hash == again.content_hash != other.content_hash
    assert (first.number, again.number) == (1, 2)

    def order(snapshot):
        return list(snapshot.items.values_list("revision", "split", "position"))

    assert order(first) == order(again) != order(other)


def test_what_was_approved_is_frozen_and_not_what_is_being_written(intents, freeze, ada):
    pair = intents[0]
    pairs.write(pair=pair, content={"response": "refund"}, by=ada)
    snapshot = freeze()
    assert snapshot.items.get(revision__pair=pair).revision.response == "book"


def test_a_snapshot_does_not_change_with_its_pairs_or_its_task(intents, intent, freeze, ada, olga):
    snapshot = freeze()
    before = list(snapshot.items.values_list("revision__content_hash", "split"))
    pairs.write(pair=intents[0], content={"response": "cancel"}, by=ada)
    pairs.delete(pair=intents[1], by=ada)
    project_tasks.change(task=intent, labels=[*LABELS, "other"], by=olga)
    snapshot.refresh_from_db()
    assert list(snapshot.items.values_list("revision__content_hash", "split")) == before
    assert snapshot.settings["frozen_tasks"]["intent"]["labels"] == LABELS


def test_what_was_left_out_is_named_with_the_reason(intents, write, approve, freeze, ada, rui):
    draft = write("Not yet", "x")
    deleted = approve("Deleted", "x")
    pairs.delete(pair=deleted, by=ada)
    chinese = approve("这是什么？", "书", language="zh")
    long = approve("Too long", "x" * 1000)
    stray = approve("What is this?", "parcel", task=intents[0].task)
    snapshot = freeze(languages=("en",), longest=900)
    assert reasons(snapshot) == {
        "not_approved": [draft.pk],
        "deleted": [deleted.pk],
        "other_language": [chinese.pk],
        "too_long": [long.pk],
        "unknown_label": [stray.pk],
    }
    assert sum(snapshot.rows(name) for name in snapshot.counts) == 30
    assert all(one.label for one in snapshot.left_out_in_words())


def test_tasks_are_chosen_by_their_address(intents, approve, freeze):
    other = approve("Something else", "x")
    snapshot = freeze(tasks=("intent",))
    assert not snapshot.items.filter(revision__pair=other).exists()
    assert list(snapshot.settings["frozen_tasks"]) == ["intent"]
    with pytest.raises(Invalid) as refused:
        freeze(tasks=("poetry",))
    assert "tasks" in refused.value.fields


def test_near_duplicates_stay_together(approve, freeze):
    for word in WORDS:
        approve(f"Please send the {word} to the old house near the {word}", "Yes.")
        approve(f"Please send the {word} to the old house near the {word}!", "Yes.")
    for seed in range(5):
        snapshot = freeze(fractions=HALVES, seed=seed)
        assert snapshot.leaks == []
        by_group = {}
        for item in snapshot.items.all():
            by_group.setdefault(item.group, set()).add(item.split)
        assert len(by_group) == len(WORDS)
        assert all(len(splits) == 1 for splits in by_group.values())


def test_the_splits_of_an_imported_file_are_kept(intents, freeze):
    for pair, name in zip(intents, ["test", "validation", "train"] * 10, strict=True):
        pair.split = name
        pair.save()
    snapshot = freeze(split_rule="given")
    assert all(split_of(snapshot, pair) == pair.split for pair in intents)
    dealt = freeze(split_rule="stratified")
    assert dealt.rows("train") == 24


def test_the_files_splits_are_the_default_where_there_are_any(intents, project):
    assert snapshots.default_settings(project=project).split_rule == "stratified"
    intents[0].split = "test"
    intents[0].save()
    assert snapshots.default_settings(project=project).split_rule == "given"


def test_with_no_approved_pair_there_is_nothing_to_freeze(submit, freeze):
    with pytest.raises(NothingToDo) as refused:
        freeze()
    assert refused.value.remedy
    submit("Say hello")
    with pytest.raises(NothingToDo) as refused:
        freeze()
    assert "1 not approved" in str(refused.value)
    assert "1" in str(refused.value.remedy)
    assert not Snapshot.objects.exists()


def test_a_split_with_one_label_is_refused_by_name(approve, intent, freeze):
    for label, name in [("book", "train"), ("refund", "train"), ("book", "test"), ("book", "test")]:
        pair = approve(f"{label} {name} {Pair.objects.count()}", label, task=intent)
        pair.split = name
        pair.save()
    with pytest.raises(NothingToDo) as refused:
        freeze(split_rule="given")
    assert "test" in str(refused.value)
    assert "book" in str(refused.value)


def test_an_empty_train_split_is_refused(intents, freeze):
    with pytest.raises(NothingToDo):
        freeze(fractions={"train": 0, "validation": 0, "test": 1})


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ({"fractions": {"train": 0.9, "validation": 0.2, "test": 0.1}}, "fractions"),
        ({"fractions": {"train": 1}}, "fractions"),
        ({"fractions": {"train": 2, "validation": -1, "test": 0}}, "fractions"),
        ({"split_rule": "random"}, "split_rule"),
        ({"leaks": "ignore"}, "leaks"),
        ({"seed": -1}, "seed"),
        ({"threshold": 0.1}, "threshold"),
        ({"longest": 0}, "longest"),
    ],
)
def test_settings_out_of_range_are_refused_by_field(bad, field):
    with pytest.raises(Invalid) as refused:
        SnapshotSettings(**bad)
    assert set(refused.value.fields) == {field}


def test_a_setting_nobody_knows_is_refused():
    with pytest.raises(Invalid):
        SnapshotSettings.of({"fraction": 0.5})


def test_a_plan_writes_nothing_and_holds_what_freezing_holds(intents, project, tao, freeze):
    plan = snapshots.plan(project=project, by=tao, settings=SnapshotSettings())
    assert not Snapshot.objects.exists()
    snapshot = freeze()
    assert (plan.content_hash, plan.counts) == (snapshot.content_hash, snapshot.counts)


def test_a_pair_whose_approval_was_taken_back_is_not_frozen(intents, freeze, rui):
    reviews.judge(revision=intents[-1].head, verdict="reject", comment="No.", by=rui)
    assert not freeze().items.filter(revision__pair=intents[-1]).exists()
