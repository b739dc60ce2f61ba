"""Sequences as a tree: what they share, anywhere along the way, goes through the model once.

    ⟨instruction⟩─┬─⟨question 1⟩─┬─LOC ⏹          one row of tokens, a mask that lets each see its
                  │              └─NUM ⏹          own ancestors only, positions by depth: every
                  └─⟨question 2⟩───HUM ⏹          sequence gets the logits it would get alone

Prompts of one task begin alike, and GRPO samples many answers to one prompt, often the same one
twice: a step of 16 TREC questions is 390 tokens instead of 1,150, one of 32 answers of 3 tokens
180 instead of 2,900. Sequences that share nothing stand side by side and cost no padding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from engine.attention import by_runs, lay_out
from engine.formatting import Example
from engine.forward import Labelled, can_share

if TYPE_CHECKING:
    from transformers import PreTrainedModel


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


def tree_logits(model: PreTrainedModel, tree: Tree) -> tuple[Tensor, Tensor]:
    """Logits [M, vocabulary] at the M nodes that predict something, and for each of the N labels
    the row of its logits [N]. Labels that follow the same tokens share a row.

    `model` is a decoder-only transformers model, one that `can_branch` unless the tree is a
    single example.
    """
    device = model.device
    nodes, row = torch.tensor(tree.predicting, device=device).unique(return_inverse=True)
    ids = torch.tensor([tree.ids], device=device)
    runs = lay_out(tree.parents, device)
    if runs is None:
        return model(input_ids=ids, use_cache=False, logits_to_keep=nodes).logits[0], row
    depths = torch.tensor([tree.depths], device=device)
    with by_runs(model):
        logits = model(
            input_ids=ids, position_ids=depths, use_cache=False, logits_to_keep=nodes, runs=runs
        ).logits[0]
    return logits, row


def tree_labels(model: PreTrainedModel, tree: Tree) -> Labelled:
    """Logits and targets of every label of a tree."""
    logits, row = tree_logits(model, tree)
    return Labelled(logits.index_select(0, row), torch.tensor(tree.targets, device=row.device))


PROBE = (
    Example([1, 2, 3, 1], 1, 0, 0),
    Example([1, 2, 1, 3, 2], 1, 0, 0),
    Example([2, 1], 1, 0, 0),
)


def can_branch(model: PreTrainedModel) -> bool:
    """Whether sequences that branch get the logits they would get alone.

    It is tried, on a few tokens: an architecture may have windows, recurrent states, or an
    attention or positions that it won't let be chosen.
    """
    if model.config._attn_implementation != "sdpa" or not can_share(model):
        return False
    training = model.training
    model.eval()
    try:
        with torch.no_grad():
            [tree] = plant(PROBE, 100)
            logits, row = tree_logits(model, tree)
            alone = [tree_logits(model, one)[0] for one in plant(PROBE, 100, share=False)]
    except (TypeError, ValueError, RuntimeError):
        return False
    finally:
        model.train(training)
    expected = torch.cat(alone)
    tolerance = 1e-3 if logits.dtype == torch.float32 else 0.1
    return bool((logits[row] - expected).norm() <= tolerance * expected.norm())


def _alike(one: Sequence[int], other: Sequence[int]) -> int:
    """Tokens that two sequences begin with in common."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
