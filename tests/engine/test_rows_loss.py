"""Rows that are run whole are learnt from without their logits, as trees are."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from engine import liger
from engine.batching import split
from engine.families.decoder import FAMILY
from engine.formatting import Example
from engine.forward import label_logits
from engine.models import read_weights
from engine.recompute import recompute

EXAMPLES = [Example([1, 2, 3, 4, 5], 2, 0, 0), Example([3, 9, 8], 2, 0, 0)]


def gradients(model, loss):
    model.zero_grad()
    loss.backward()
    return {name: one.grad.clone() for name, one in model.named_parameters()}


@pytest.fixture
def recomputing(nano_folder):
    model = read_weights(nano_folder, torch.float32).train()
    recompute(model)
    return model


def test_loss_and_gradients_are_those_of_logits_that_nobody_made(recomputing):
    [micro] = split(EXAMPLES, 100)
    logits, targets = label_logits(recomputing, micro)
    theirs = cross_entropy(logits, targets, reduction="sum")
    expected = gradients(recomputing, theirs)
    recomputing.get_output_embeddings().register_forward_hook(lambda *_: 1 / 0)
    ours = FAMILY.summed_loss(recomputing, micro)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-6)
    for name, one in gradients(recomputing, ours).items():
        assert (one - expected[name]).norm() <= 1e-5 * expected[name].norm(), name


def test_ligers_loss_is_theirs_too(recomputing, monkeypatch):
    [micro] = split(EXAMPLES, 100)
    monkeypatch.setattr(liger, "fitted", lambda _: True)
    monkeypatch.setattr(liger, "summed_cross_entropy", lambda *_: "Liger's")
    assert FAMILY.summed_loss(recomputing, micro) == "Liger's"
