"""Leaks as a page shows them: both texts, for two numbers tell nobody whether it matters."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from authoring.models import Revision

SHOWN = 20
"""Leaks of a kind whose texts are shown; the rest is counted."""


class ShownLeak(NamedTuple):
    train: int
    test: int
    """Pairs by their ids."""
    similarity: float
    train_text: str
    test_text: str


class Leaks(NamedTuple):
    """Those of one kind."""

    count: int
    shown: list[ShownLeak]

    @property
    def more(self) -> int:
        return self.count - len(self.shown)

    def __bool__(self) -> bool:
        return self.count > 0


def pairs_shown(leaks: list[dict[str, Any]]) -> set[int]:
    """Ids of the pairs whose texts a page with these leaks needs."""
    first = [one for exact in (True, False) for one in _of_kind(leaks, exact)[:SHOWN]]
    return {one[side] for one in first for side in ("train", "test")}


def exact_and_near(
    leaks: list[dict[str, Any]], revisions: Iterable[Revision]
) -> tuple[Leaks, Leaks]:
    """`revisions` are those of `pairs_shown`, with their pair and task."""
    texts = {one.pair_id: _asked(one) for one in revisions}
    return (
        _with_texts(_of_kind(leaks, exact=True), texts),
        _with_texts(_of_kind(leaks, exact=False), texts),
    )


def _of_kind(leaks: list[dict[str, Any]], exact: bool) -> list[dict[str, Any]]:
    return [one for one in leaks if one["exact"] == exact]


def _with_texts(leaks: list[dict[str, Any]], texts: dict[int, str]) -> Leaks:
    shown = [
        ShownLeak(
            one["train"],
            one["test"],
            one["similarity"],
            texts.get(one["train"], ""),
            texts.get(one["test"], ""),
        )
        for one in leaks[:SHOWN]
    ]
    return Leaks(len(leaks), shown)


def _asked(revision: Revision) -> str:
    """What sets it apart: the input alone where the instruction is its task's."""
    if revision.input and revision.instruction == revision.pair.task.instruction:
        return revision.input
    return "\n".join(one for one in (revision.instruction, revision.input) if one)
