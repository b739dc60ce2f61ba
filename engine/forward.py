"""A micro-batch through a model: logits where there is a label, and nowhere else.

Three things make this cheap, all of them exact:

- what sequences share is run once, as a tree (`engine.tree`), by models that let it;
- rows are padded on the right, where causal attention never looks, so no mask is needed, and
  the last token of a row, which predicts nothing, isn't run at all;
- the output layer, most of a small model's cost, sees only the positions that predict a label.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from engine import liger
from engine.attention import by_runs, lay_out
from engine.batching import Micro
from engine.formatting import Example
from engine.layers import plain_hidden
from engine.output_layer import is_plain, summed_cross_entropy
from engine.recompute import recomputes
from engine.stems import Stem
from engine.tree import Tree, plant
from engine.varlen import kernel_for

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class Labelled(NamedTuple):
    """Logits and what they should have predicted, row after row, N labels in all."""

    logits: torch.Tensor
    """[N, vocabulary]"""
    targets: torch.Tensor
    """[N], int64"""


def label_logits(model: PreTrainedModel, micro: Micro) -> Labelled:
    """Logits at every position that predicts a label.

    `model` is a decoder-only transformers model, LoRA layers in place or not.
    """
    ids, predicting, targets = padded_rows(micro, model.device)
    with only_at(model.get_output_embeddings(), predicting):
        logits = model(input_ids=ids, use_cache=False).logits
    return Labelled(logits, targets)


class PaddedRows(NamedTuple):
    """A micro-batch's rows without their last tokens, which predict nothing; N labels in all."""

    ids: torch.Tensor
    """[rows, width], padded on the right, which nothing before it sees."""
    predicting: torch.Tensor
    """[N], the positions of rows * width that predict the labels."""
    targets: torch.Tensor
    """[N], the labels."""


def padded_rows(micro: Micro | Stem, device: torch.device) -> PaddedRows:
    """Its rows as tensors, whatever they go on from."""
    inputs = [row[:-1] for row in micro.rows]
    width = max(len(row) for row in inputs)
    ids = torch.tensor([row + [0] * (width - len(row)) for row in inputs], device=device)
    predicting = [
        at * width + len(row) - labels + place
        for at, (row, labels) in enumerate(zip(inputs, micro.labels, strict=True))
        for place in range(labels)
    ]
    targets = [
        one for row, labels in zip(micro.rows, micro.labels, strict=True) for one in row[-labels:]
    ]
    return PaddedRows(
        ids, torch.tensor(predicting, device=device), torch.tensor(targets, device=device)
    )


def can_share(model: PreTrainedModel) -> bool:
    """Whether a prefix's cache can be branched: plain keys and values in every layer.

    Recurrent states and sliding windows can't be; such models run every row whole, and so do those
    that compute their activations twice.
    """
    from transformers.cache_utils import DynamicLayer

    if recomputes(model):
        return False
    device = model.device
    with torch.no_grad():
        probe = torch.zeros(1, 1, dtype=torch.long, device=device)
        cache = model.get_decoder()(input_ids=probe, use_cache=True).past_key_values
    layers = getattr(cache, "layers", None) or []
    return bool(layers) and all(type(layer) is DynamicLayer for layer in layers)


def tree_logits(model: PreTrainedModel, tree: Tree) -> tuple[Tensor, Tensor]:
    """Logits [M, vocabulary] at the M nodes that predict something, and for each of the N labels
    the row of its logits [N]. Labels that follow the same tokens share a row.

    `model` is a decoder-only transformers model, one that `can_branch` unless the tree is a
    single example.
    """
    device = model.device
    nodes, row = torch.tensor(tree.predicting, device=device).unique(return_inverse=True)
    hidden = plain_hidden(model, tree, nodes)
    if hidden is not None:
        return model.get_output_embeddings()(hidden), row
    ids = torch.tensor([tree.ids], device=device)
    runs = lay_out(tree.parents, device, kernel_for(model))
    if runs is None:
        return model(input_ids=ids, use_cache=False, logits_to_keep=nodes).logits[0], row
    depths = torch.tensor([tree.depths], device=device)
    with by_runs(model):
        logits = model(
            input_ids=ids, position_ids=depths, use_cache=False, logits_to_keep=nodes, runs=runs
        ).logits[0]
    return logits, row


def tree_loss(model: PreTrainedModel, tree: Tree) -> Tensor:
    """Cross-entropy summed over a tree's labels, 0-d, in nats.

    `model` is one that `can_branch`.
    """
    if not is_plain(model):
        logits, targets = tree_labels(model, tree)
        return cross_entropy(logits.float(), targets, reduction="sum")
    labels = sorted(zip(tree.predicting, tree.targets, strict=True))
    predicting, targets = torch.tensor(labels, device=model.device).unbind(1)
    nodes, row = predicting.unique(return_inverse=True)
    hidden = plain_hidden(model, tree, nodes)
    if hidden is None:
        ids = torch.tensor([tree.ids], device=model.device)
        depths = torch.tensor([tree.depths], device=model.device)
        runs = lay_out(tree.parents, model.device, kernel_for(model))
        with by_runs(model):
            seen = model.get_decoder()(
                input_ids=ids, position_ids=depths, use_cache=False, runs=runs
            )
        hidden = seen.last_hidden_state[0].index_select(0, nodes)
    return _summed(model, hidden, row, targets)


def rows_loss(model: PreTrainedModel, micro: Micro) -> Tensor:
    """The same of whole rows: those of a model that can't branch, or computes activations twice."""
    if not is_plain(model):
        logits, targets = label_logits(model, micro)
        return cross_entropy(logits.float(), targets, reduction="sum")
    ids, predicting, targets = padded_rows(micro, model.device)
    seen = model.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state
    hidden = seen.flatten(0, 1).index_select(0, predicting)
    return _summed(model, hidden, torch.arange(len(targets), device=model.device), targets)


def _summed(model: PreTrainedModel, hidden: Tensor, row: Tensor, targets: Tensor) -> Tensor:
    """Cross-entropy of a plain model's hidden states, without their logits."""
    summed = liger.summed_cross_entropy if liger.fitted(model) else summed_cross_entropy
    return summed(hidden, model.get_output_embeddings().weight, row, targets)


def tree_labels(model: PreTrainedModel, tree: Tree) -> Labelled:
    """Logits and targets of every label of a tree."""
    logits, row = tree_logits(model, tree)
    if tree.predicting != sorted(set(tree.predicting)):
        logits = logits.index_select(0, row)
    return Labelled(logits, torch.tensor(tree.targets, device=row.device))


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
    if model.config._attn_implementation != "sdpa":
        return False
    training = model.training
    model.eval()  # dropout would draw random numbers, which are the run's own
    try:
        with torch.no_grad():
            if not can_share(model):
                return False
            [tree] = plant(PROBE, 100)
            logits, row = tree_logits(model, tree)
            alone = [_alone(model, one) for one in plant(PROBE, 100, share=False)]
    except (TypeError, ValueError, RuntimeError):
        return False
    finally:
        model.train(training)
    expected = torch.cat(alone)
    tolerance = 1e-3 if logits.dtype == torch.float32 else 0.1
    return bool((logits[row] - expected).norm() <= tolerance * expected.norm())


def _alone(model: PreTrainedModel, tree: Tree) -> Tensor:
    """Logits of a tree of one example as transformers computes them, nothing of ours in between."""
    ids = torch.tensor([tree.ids], device=model.device)
    return model(input_ids=ids, use_cache=False).logits[0, tree.predicting]


@contextmanager
def only_at(output_layer: nn.Module, positions: torch.Tensor) -> Iterator[None]:
    """Inside, the output layer sees only these positions of [batch * length]; what a model does
    to its logits afterwards (scaling, capping) stays its own business."""

    def select(_: nn.Module, hidden: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor]:
        return (hidden[0].flatten(0, -2).index_select(0, positions),)

    hook = output_layer.register_forward_pre_hook(select)
    try:
        yield
    finally:
        hook.remove()
