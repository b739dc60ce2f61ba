"""A Llama-like decoder's layers one after the other, each as `engine.layer` computes it.

In the last layer only those tokens attend, and go on, that predict a label: nobody would read what
the others found. Of nine layers that saves a tenth of the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from engine.attention import attend_by, in_blocks
from engine.layer import Turn, after, before, layer_of, norm_of, normed
from engine.output_layer import is_plain
from engine.runs import blocks_of
from engine.tree import Tree

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
    groups = blocks_of(tree.parents)
    runs = in_blocks(groups, range(len(tree.ids)), device)
    last = in_blocks(groups, nodes.tolist(), device)
    turn = Turn(cos, sin)
    for layer in plain[:-1]:
        q, k, v = before(x, layer, turn)
        x = after(x, attend_by(runs, q, k, v, scale=layer.scale), layer)
    layer = plain[-1]
    q, k, v = before(x, layer, turn, nodes)
    heads = attend_by(last, q, k, v, scale=layer.scale)
    return normed(after(x.index_select(0, nodes), heads, layer), norm_of(decoder.norm))
