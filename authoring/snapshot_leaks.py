"""What stands in train and test both."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from authoring.models import Revision
from authoring.near_duplicates import Likeness, Prompt


def leaks_between(
    revisions: Sequence[Revision], splits: Sequence[str], likeness: Likeness
) -> list[dict[str, Any]]:
    """Every train pair that says what a test pair says, exact ones first."""
    standing: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, first in enumerate(likeness.same):
        standing[first][splits[place]].append(revisions[place].pair_id)
    leaks = [
        {"train": train, "test": test, "similarity": 1.0, "exact": True}
        for sides in standing.values()
        for test in sides["test"]
        for train in sides["train"]
    ]
    for left, right, similarity in likeness.near:
        for one, other in ((left, right), (right, left)):
            leaks += [
                {"train": train, "test": test, "similarity": similarity, "exact": False}
                for test in standing[one]["test"]
                for train in standing[other]["train"]
            ]
    return sorted(leaks, key=lambda leak: (-leak["exact"], -leak["similarity"], leak["test"]))


def leaking_train_pairs(leaks: list[dict[str, Any]], *, near: bool) -> set[int]:
    """Pairs whose train revision says what a test pair says: exactly, or nearly too."""
    return {leak["train"] for leak in leaks if near or leak["exact"]}


def prompt_of(revision: Revision) -> Prompt:
    earlier = "\n".join(turn["content"] for turn in revision.turns[:-1])
    return Prompt(revision.instruction, revision.input, earlier)
