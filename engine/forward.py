"""A micro-batch through a model: logits where there is a label, and nowhere else.

Three things make this cheap, all of them exact:

- what the rows share is run once, and its keys and values are the cache that every row goes on
  from; gradients flow back through the cache, so it is the same function;
- rows are padded on the right, where causal attention never looks, so no mask is needed, and
  the last token of a row, which predicts nothing, isn't run at all;
- the output layer, most of a small model's cost, sees only the positions that predict a label.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import nn

from engine.batching import Micro

if TYPE_CHECKING:
    from transformers import PreTrainedModel
    from transformers.cache_utils import Cache


class Labelled(NamedTuple):
    """Logits and what they should have predicted, row after row, N labels in all."""

    logits: torch.Tensor
    """[N, vocabulary]"""
    targets: torch.Tensor
    """[N], int64"""


def label_logits(model: PreTrainedModel, micro: Micro) -> Labelled:
    """Logits at every position that predicts a label.

    `model` is a decoder-only transformers model, LoRA layers in place or not. The micro-batch
    may have a prefix only if `can_share(model)`.
    """
    device = model.device
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
    cache = _prefix_cache(model, micro.prefix, len(inputs)) if micro.prefix else None
    with _only_at(model.get_output_embeddings(), torch.tensor(predicting, device=device)):
        logits = model(input_ids=ids, past_key_values=cache, use_cache=cache is not None).logits
    return Labelled(logits, torch.tensor(targets, device=device))


def can_share(model: PreTrainedModel) -> bool:
    """Whether a prefix's cache can be branched: plain keys and values in every layer.

    Recurrent states and sliding windows can't be; such models run every row whole.
    """
    from transformers.cache_utils import DynamicLayer

    device = model.device
    with torch.no_grad():
        probe = torch.zeros(1, 1, dtype=torch.long, device=device)
        cache = model.get_decoder()(input_ids=probe, use_cache=True).past_key_values
    layers = getattr(cache, "layers", None) or []
    return bool(layers) and all(type(layer) is DynamicLayer for layer in layers)


def _prefix_cache(model: PreTrainedModel, prefix: list[int], rows: int) -> Cache:
    """Keys and values of the prefix, seen by `rows` rows (a view: no copy is made)."""
    device = model.device
    ids = torch.tensor([prefix], device=device)
    cache = model.get_decoder()(input_ids=ids, use_cache=True).past_key_values
    for layer in cache.layers:
        layer.keys = layer.keys.expand(rows, -1, -1, -1)
        layer.values = layer.values.expand(rows, -1, -1, -1)
    return cache


@contextmanager
def _only_at(output_layer: nn.Module, positions: torch.Tensor) -> Iterator[None]:
    """Inside, the output layer sees only these positions of [batch * length]; what a model does
    to its logits afterwards (scaling, capping) stays its own business."""

    def select(_: nn.Module, hidden: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor]:
        return (hidden[0].flatten(0, -2).index_select(0, positions),)

    hook = output_layer.register_forward_pre_hook(select)
    try:
        yield
    finally:
        hook.remove()
