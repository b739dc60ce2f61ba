"""Splits: deterministic, in proportion in every stratum, and a group never torn apart."""

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.splitting import SPLITS, Item, split

THIRDS = {"train": 0.8, "validation": 0.1, "test": 0.1}
items = st.lists(
    st.builds(
        Item,
        key=st.text("0123456789abcdef", min_size=8, max_size=8),
        stratum=st.sampled_from("abc"),
        group=st.integers(0, 30),
        given=st.sampled_from(["", "", "", "train", "test"]),
    ),
    max_size=60,
)


def plain(count: int, stratum: str = "a", start: int = 0) -> list[Item]:
    return [Item(f"{stratum}{n:05}", stratum, start + n) for n in range(count)]


@given(items, st.integers(0, 100))
def test_given_splits_are_kept_and_other_members_of_a_group_stay_together(items, seed):
    splits = split(items, fractions=THIRDS, seed=seed)
    by_group = defaultdict(set)
    for item, name in zip(items, splits, strict=True):
        assert name == item.given or not item.given
        if not item.given:
            by_group[item.group].add(name)
    assert all(len(names) == 1 for names in by_group.values())


@given(items, st.randoms())
def test_the_order_of_the_rows_decides_nothing(items, random):
    unique = list({item.key: item for item in items}.values())
    shuffled = random.sample(unique, len(unique))
    first = dict(zip(unique, split(unique, fractions=THIRDS, seed=3), strict=True))
    second = dict(zip(shuffled, split(shuffled, fractions=THIRDS, seed=3), strict=True))
    assert first == second


def test_every_stratum_gets_its_share():
    many = [*plain(200, "a"), *plain(50, "b", 200), *plain(30, "c", 250)]
    counted = Counter(
        (item.stratum, name)
        for item, name in zip(many, split(many, fractions=THIRDS, seed=1), strict=True)
    )
    for stratum, total in (("a", 200), ("b", 50), ("c", 30)):
        for name in SPLITS:
            assert abs(counted[stratum, name] - THIRDS[name] * total) <= 1


def test_many_small_strata_together_come_to_their_share():
    many = [one for n in range(100) for one in plain(2, f"s{n:03}", 2 * n)]
    counted = Counter(split(many, fractions=THIRDS, seed=1))
    assert counted == {"train": 160, "validation": 20, "test": 20}


def test_another_seed_deals_differently_and_the_same_seed_alike():
    many = plain(100)
    once, again, other = (split(many, fractions=THIRDS, seed=seed) for seed in (1, 1, 2))
    assert once == again
    assert once != other


def test_rows_that_are_added_move_few_of_the_others():
    before = split(plain(500), fractions=THIRDS, seed=1)
    after = split(plain(510), fractions=THIRDS, seed=1)
    moved = sum(one != other for one, other in zip(before, after[:500], strict=True))
    assert moved < 25


def test_a_group_with_a_given_member_follows_it():
    many = [Item("a", "x", 1, "test"), Item("b", "x", 1), Item("c", "x", 1)]
    assert split(many, fractions=THIRDS, seed=1) == ["test"] * 3


def test_a_group_that_was_given_two_splits_draws_its_others_to_train():
    many = [Item("a", "x", 1, "test"), Item("b", "x", 1, "train"), Item("c", "x", 1)]
    assert split(many, fractions=THIRDS, seed=1) == ["test", "train", "train"]


@pytest.mark.parametrize("name", SPLITS)
def test_a_share_of_nothing_gets_nothing(name):
    fractions = {"train": 0.5, "validation": 0.5, "test": 0.5} | {name: 0}
    pairs = [Item(f"{n:05}", n % 7, n // 2) for n in range(50)]
    assert name not in split(pairs, fractions=fractions, seed=1)


def test_a_share_of_everything_gets_everything():
    only_test = {"train": 0, "validation": 0, "test": 1}
    assert set(split(plain(50), fractions=only_test, seed=1)) == {"test"}
