"""Pairs that are nearly the same as a draft, found while it is written.

The search column narrows thousands of pairs to a few that share the draft's longest words; difflib
then measures those. A snapshot's near-duplicates are computed elsewhere, over everything.
"""

from difflib import SequenceMatcher

from authoring import search
from authoring.coach import Draft, Neighbour
from authoring.models import Pair, Task

NEAR = 0.9
"""From this similarity on two texts are called nearly the same."""
SHORTEST = 8
"""Characters below which everything resembles everything."""
CANDIDATES = 50
LONGEST = 2000
"""Characters that are compared."""
SHOWN = 3


def nearest(draft: Draft, task: Task, *, besides: Pair | None = None) -> list[Neighbour]:
    """Up to three pairs of the task that are nearly the same, the nearest first."""
    text = own_text(draft, task)
    words = sorted(set(search.tokens(text)), key=lambda word: (-len(word), word))[:4]
    if len(text) < SHORTEST or len(words) < 2:
        return []
    found = []
    matcher = SequenceMatcher(None, "", text, autojunk=False)
    for pair in _candidates(task, words, besides):
        matcher.set_seq1(own_text(Draft.of(pair.head.content()), task))
        bounds = matcher.real_quick_ratio, matcher.quick_ratio  # upper bounds, cheap ones first
        if all(bound() >= NEAR for bound in bounds) and (alike := matcher.ratio()) >= NEAR:
            found.append(Neighbour(pair.pk, alike))
    return sorted(found, key=lambda one: -one.similarity)[:SHOWN]


def own_text(draft: Draft, task: Task) -> str:
    """What makes a pair this one: its input, and its instruction where that is not the task's own."""
    instruction = "" if draft.instruction == task.instruction.strip() else draft.instruction
    return f"{instruction}\n{draft.input}".strip()[:LONGEST]


def _candidates(task: Task, words: list[str], besides: Pair | None):
    """Pairs that share at least the first two or the last two of the longest words."""
    whole = [f" {word} " for word in words]
    sharing = Pair.objects.present().having(whole[:2], whole[-2:])
    pairs = sharing.filter(task=task).select_related("head").order_by("-id")
    return (pairs.exclude(pk=besides.pk) if besides else pairs)[:CANDIDATES]
