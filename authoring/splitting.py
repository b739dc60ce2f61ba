"""Deterministic stratified splits: the same revisions and seed give the same splits on any machine.

Nothing here knows database ids: a revision is told by its content hash, so that a project restored
elsewhere, or imported again, is split alike.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

SPLITS = ("train", "validation", "test")


class Item(NamedTuple):
    key: str
    """What tells it from others on any machine: its content hash."""
    stratum: Hashable
    """Task, label and language: each split gets its share of every stratum."""
    group: int
    """Items of one group go to one split together."""
    given: str = ""
    """The split that is decided already, or empty."""


def split(items: Sequence[Item], *, fractions: Mapping[str, float], seed: int) -> list[str]:
    """A split for each item.

    Given ones keep theirs, and draw the rest of their group along: to train, where a group was given
    several. Every other group is dealt whole, in an order drawn from the seed and its keys. Shares are
    rounded so that each stratum, and all of them together, come within one group of their fractions.
    """
    chosen: dict[int, str] = _of_groups_with_given(items)
    groups: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        if item.group not in chosen:
            groups[item.group].append(item)
    strata: dict[Hashable, list[int]] = defaultdict(list)
    for number, members in groups.items():
        strata[_stratum(members)].append(number)
    owed = dict.fromkeys(SPLITS, 0.0)
    for stratum in sorted(strata, key=repr):
        order = sorted(strata[stratum], key=lambda number: _drawn(groups[number], seed))
        total = sum(len(groups[number]) for number in order)
        for name in SPLITS:
            owed[name] += fractions.get(name, 0.0) * total
        _deal(order, groups, owed, chosen)
    return [item.given or chosen[item.group] for item in items]


def _of_groups_with_given(items: Sequence[Item]) -> dict[int, str]:
    given: dict[int, set[str]] = defaultdict(set)
    for item in items:
        if item.given:
            given[item.group].add(item.given)
    return {group: next(iter(one)) if len(one) == 1 else "train" for group, one in given.items()}


def _stratum(members: Sequence[Item]) -> Hashable:
    """The stratum of most members; of equally many, the one that sorts first."""
    counted = Counter(item.stratum for item in members)
    return min(counted, key=lambda stratum: (-counted[stratum], repr(stratum)))


def _drawn(members: Sequence[Item], seed: int) -> str:
    first = min(item.key for item in members)
    return hashlib.sha256(f"{seed}:{first}".encode()).hexdigest()


def _deal(
    order: Sequence[int],
    groups: Mapping[int, Sequence[Item]],
    owed: dict[str, float],
    chosen: dict[int, str],
) -> None:
    """Give the groups of one stratum to the splits. `owed` carries what rounding left to the next.

    A group goes to the smallest split that is owed at least half of it, so that test and validation
    are served before train, which is owed most, takes the rest.
    """
    for number in order:
        size = len(groups[number])
        small = (name for name in ("test", "validation") if owed[name] >= size / 2)
        name = next(small, max(SPLITS, key=lambda name: owed[name]))
        chosen[number] = name
        owed[name] -= size
