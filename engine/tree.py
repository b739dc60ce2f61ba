"""Sequences as a tree: what they share, anywhere along the way, goes through the model once.

    ⟨instruction⟩─┬─⟨question 1⟩─┬─LOC ⏹          one row of tokens, a mask that lets each see its
                  │              └─NUM ⏹          own ancestors only, positions by depth: every
                  └─⟨question 2⟩───HUM ⏹          sequence gets the logits it would get alone

Prompts of one task begin alike, and GRPO samples many answers to one prompt, often the same one
twice: a step of 16 TREC questions is 390 tokens instead of 1,150, one of 32 answers of 3 tokens
180 instead of 2,900. Sequences that share nothing stand side by side and cost no padding.
Light: no torch; `engine.forward` runs it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from engine.formatting import Example


@dataclass
class Tree:
    """Some examples as nodes; a parent stands before its children."""

    ids: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    """-1 for a node that begins a sequence."""
    depths: list[int] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    """Which of the examples given to `plant` is here, one after the other."""
    labels: list[int] = field(default_factory=list)
    """How many labels each of them has; the next two hold them one after the other."""
    predicting: list[int] = field(default_factory=list)
    """The node whose logits predict each label."""
    targets: list[int] = field(default_factory=list)
    tokens: int = 0
    """Of its examples, as if each were run whole."""

    def add(self, which: int, example: Example, known: dict[tuple[int, int], int]) -> None:
        """Grow the branch of an example. `known` finds the child of a node by its token."""
        path: list[int] = []
        node = -1
        for token in example.ids[:-1]:  # the last one predicts nothing
            if (node, token) not in known:
                known[node, token] = len(self.ids)
                self.depths.append(len(path))
                self.parents.append(node)
                self.ids.append(token)
            node = known[node, token]
            path.append(node)
        self.tokens += len(example.ids)
        self.order.append(which)
        self.labels.append(len(example.ids) - example.prompt_length)
        self.predicting += path[example.prompt_length - 1 :]
        self.targets += example.ids[example.prompt_length :]

    @property
    def label_tokens(self) -> int:
        return len(self.targets)


def plant(examples: Sequence[Example], budget: int, *, share: bool = True) -> list[Tree]:
    """Trees of at most `budget` nodes (or one example) that hold all the examples.

    `share` off gives every example a tree of its own, for models that can't be branched.
    """
    trees: list[Tree] = []
    room = 0
    known: dict[tuple[int, int], int] = {}
    last: list[int] = []
    for which in sorted(range(len(examples)), key=lambda at: examples[at].ids):
        ids = examples[which].ids
        new = len(ids) - (_alike(last, ids) if room else 0)
        if not trees or not share or new > room:
            trees.append(Tree())
            known, new, room = {}, len(ids), budget
        trees[-1].add(which, examples[which], known)
        room -= new
        last = ids
    return trees


def _alike(one: Sequence[int], other: Sequence[int]) -> int:
    """Tokens that two sequences begin with in common."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
