"""The loss made slice by slice is cross_entropy's, and so are its gradients."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from engine.output_layer import SLICE as SLICES
from engine.output_layer import summed_cross_entropy

SLICE = SLICES["cpu"]


def made(positions, labels, width=12, vocabulary=30):
    """Hidden states, an output layer, and labels of which some follow the same position."""
    torch.manual_seed(positions)
    row = torch.randint(positions, (labels,)).sort().values
    hidden = torch.randn(positions, width, requires_grad=True)
    weight = torch.randn(vocabulary, width, requires_grad=True)
    return hidden, weight, row, torch.randint(vocabulary, (labels,))


@pytest.mark.parametrize("positions", [1, 5, SLICE, SLICE + 1, 3 * SLICE + 7])
def test_loss_and_gradients_are_those_of_whole_logits(positions):
    hidden, weight, row, targets = made(positions, 2 * positions)
    ours = summed_cross_entropy(hidden, weight, row, targets)
    theirs = cross_entropy((hidden @ weight.T)[row], targets, reduction="sum")
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-6)
    for one, other in zip(
        torch.autograd.grad(ours * 3, [hidden, weight]),
        torch.autograd.grad(theirs * 3, [hidden, weight]),
        strict=True,
    ):
        assert (one - other).norm() <= 1e-6 * other.norm()


def test_a_frozen_output_layer_gets_no_gradient_and_nothing_is_kept_without_one():
    hidden, weight, row, targets = made(5, 9)
    weight.requires_grad_(False)
    summed_cross_entropy(hidden, weight, row, targets).backward()
    assert hidden.grad is not None
    assert weight.grad is None
    with torch.no_grad():
        assert not summed_cross_entropy(hidden, weight, row, targets).requires_grad
