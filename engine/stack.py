"""The layers that a model is a stack of: what is gathered, or compiled, one at a time. Imports torch."""

from __future__ import annotations

from collections.abc import Iterator

from torch import nn


def layers_of(model: nn.Module) -> list[nn.Module]:
    """The modules of the outermost lists in a model: a decoder's layers, those of both halves of an
    encoder–decoder; none where a model keeps no list, as an LSTM."""
    return list(_listed(model))


def _listed(module: nn.Module) -> Iterator[nn.Module]:
    for child in module.children():
        if isinstance(child, nn.ModuleList):
            yield from child
        else:
            yield from _listed(child)
