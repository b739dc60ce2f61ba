"""Pairs that stand in train and test both are named, and dropped from train by one click."""

import pytest
from django.core.exceptions import PermissionDenied

from authoring.actions import pairs, snapshots
from authoring.errors import NothingToDo
from authoring.snapshot_settings import SnapshotSettings

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ROWS = [
    ("train", "Who was the 3rd president of the United States ?", "Jefferson"),
    ("train", "who was  the 23RD president of the United States ?", "Harrison"),
    ("train", "Why is the sky blue?", "Scattering"),
    ("train", "Why is the sky blue?", "Rayleigh"),
    ("validation", "Why is the sky blue?", "Light"),
    ("test", "Who was the 23rd president of the United States ?", "B. Harrison"),
    ("test", "Why is the sky blue?", "Because"),
    ("test", "Where is Aspen?", "Colorado"),
    ("train", "What does a letter to Nepal cost?", "Two euros"),
]


@pytest.fixture
def given(approve):
    """The rows above, approved, with the splits that their file gave."""
    made = []
    for split, question, answer in ROWS:
        pair = approve(question, answer)
        pair.split = split
        pair.save()
        made.append(pair)
    return made


@pytest.fixture
def freeze(project, tao):
    return lambda **settings: snapshots.freeze(
        project=project, by=tao, settings=SnapshotSettings(**settings)
    )


def named(leaks, given):
    places = {pair.pk: place for place, pair in enumerate(given)}
    return {(places[leak["train"]], places[leak["test"]]) for leak in leaks}


def kept(snapshot, given):
    inside = set(snapshot.items.values_list("revision__pair", flat=True))
    return [place for place, pair in enumerate(given) if pair.pk in inside]


def test_exact_and_near_leaks_are_named_apart(given, freeze):
    snapshot = freeze()
    assert named(snapshot.exact_leaks(), given) == {(1, 5), (2, 6), (3, 6)}
    assert named(snapshot.near_leaks(), given) == {(0, 5)}
    (near,) = snapshot.near_leaks()
    assert 0.8 <= near["similarity"] < 1


def test_a_higher_threshold_names_fewer(given, freeze):
    assert freeze(threshold=0.95).near_leaks() == []
    assert len(freeze(threshold=1).exact_leaks()) == 3


def test_dropping_exact_leaks_makes_a_successor_and_leaves_the_rest_as_it_was(
    given, freeze, write, tao
):
    draft = write("Not yet", "x")
    snapshot = freeze()
    successor = snapshots.drop_leaks(snapshot=snapshot, by=tao)
    assert (successor.parent, successor.number) == (snapshot, 2)
    assert kept(successor, given) == [0, 4, 5, 6, 7, 8]
    assert named(successor.leaks, given) == {(0, 5)}
    assert successor.left_out == [
        {"reason": "not_approved", "count": 1, "pairs": [draft.pk]},
        {"reason": "leak", "count": 3, "pairs": [given[place].pk for place in (1, 2, 3)]},
    ]
    before = dict(snapshot.items.values_list("revision", "split"))
    after = dict(successor.items.values_list("revision", "split"))
    assert after.items() <= before.items()
    assert successor.content_hash != snapshot.content_hash
    assert kept(snapshot, given) == list(range(9))


def test_near_leaks_are_dropped_when_asked_for(given, freeze, tao):
    successor = snapshots.drop_leaks(snapshot=freeze(), near=True, by=tao)
    assert kept(successor, given) == [4, 5, 6, 7, 8]
    assert successor.leaks == []


def test_that_nothing_would_be_left_to_train_on_is_said(given, freeze, ada):
    pairs.delete(pair=given[-1], by=ada)
    with pytest.raises(NothingToDo):
        freeze(leaks="drop_near")


@pytest.mark.parametrize(
    ("rule", "inside"), [("drop_exact", [0, 4, 5, 6, 7, 8]), ("keep", list(range(9)))]
)
def test_dropping_while_freezing_is_the_same(rule, inside, given, freeze, tao):
    snapshot = freeze(leaks=rule)
    assert kept(snapshot, given) == inside
    if rule == "drop_exact":
        by_click = snapshots.drop_leaks(snapshot=freeze(), by=tao)
        assert by_click.content_hash == snapshot.content_hash


def test_a_second_click_has_nothing_to_do(given, freeze, tao):
    successor = snapshots.drop_leaks(snapshot=freeze(), by=tao)
    with pytest.raises(NothingToDo):
        snapshots.drop_leaks(snapshot=successor, by=tao)


def test_who_may_not_freeze_may_not_drop(given, freeze, ada):
    with pytest.raises(PermissionDenied):
        snapshots.drop_leaks(snapshot=freeze(), by=ada)


def test_a_dealt_split_never_leaks(given, freeze):
    for seed in range(10):
        settings = {"train": 0.5, "validation": 0.0, "test": 0.5}
        assert freeze(split_rule="stratified", fractions=settings, seed=seed).leaks == []
