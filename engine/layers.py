"""A Llama-like decoder's layers one after the other, each as `engine.layer` computes it.

In the last layer only those tokens attend, and go on, that predict a label: nobody would read what
the others found. Of nine layers that saves a tenth of the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from engine.attention import Runs, attend, attend_by, lay_out, lay_out_last
from engine.layer import Turn, after, before, layer_of, norm_of, normed
from engine.output_layer import is_plain
from engine.tree import Tree
from engine.varlen import Lined

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def plain_hidden(model: PreTrainedModel, tree: Tree, nodes: Tensor) -> Tensor | None:
    """What the output layer is given at `nodes` (ascending) of a tree: [nodes, hidden].

    None where the model is of another kind, computes in a number format that isn't its weights', or
    is on a GPU, which has kernels of its own for all of this.
    """
    kind = model.device.type
    if kind == "cuda" or torch.is_autocast_enabled(kind) or not is_plain(model):
        return None
    decoder: Any = model.get_decoder()
    layers = [layer_of(one) for one in getattr(decoder, "layers", [])]
    plain = [one for one in layers if one is not None]
    if not plain or len(plain) < len(layers):
        return None
    device = model.device
    x = decoder.embed_tokens(torch.tensor(tree.ids, device=device))
    depths = torch.tensor([tree.depths], device=device)
    cos, sin = (one[0, :, None] for one in decoder.rotary_emb(x[None], position_ids=depths))
    runs, last = lay_out(tree.parents, device), lay_out_last(tree.parents, device, nodes.tolist())
    assert not isinstance(runs, Lined)  # no kernel was offered
    turn = Turn(cos, sin)
    for layer in plain[:-1]:
        q, k, v = before(x, layer, turn)
        x = after(x, _attend(q, k, v, runs, layer.scale), layer)
    layer = plain[-1]
    q, k, v = before(x, layer, turn, nodes)
    heads = _attend(q, k, v, last, layer.scale)
    return normed(after(x.index_select(0, nodes), heads, layer), norm_of(decoder.norm))


def _attend(q: Tensor, k: Tensor, v: Tensor, runs: Runs | None, scale: float) -> Tensor:
    if runs is not None:
        return attend_by(runs, q, k, v, scale=scale)
    q, k, v = (one.transpose(0, 1)[None] for one in (q, k, v))
    return attend(None, q, k, v, None, scaling=scale)[0][0]
