"""Scores of answer tokens, and their gradient, are those of the formula written down."""

import pytest
import torch

from engine.answer_scores import answer_scores
from engine.output_layer import SLICE

POSITIONS = SLICE["cpu"] + 40
"""More than one slice, the last one short."""


def written_down(logits, row, targets, temperature):
    every = torch.log_softmax(logits.float() / temperature, dim=-1)
    return every[row, targets], -(every.exp() * every).sum(-1)[row]


@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-5), (torch.bfloat16, 1e-2)])
def test_scores_and_gradients_are_those_of_the_formula(dtype, close):
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(POSITIONS, 50, generator=generator).mul(4).to(dtype)
    row = torch.randint(
        0, POSITIONS, (300,), generator=generator
    )  # in no order, some twice, some never
    targets = torch.randint(0, 50, (300,), generator=generator)
    above = torch.randn(300, generator=generator)
    found = []
    for scores in (answer_scores, written_down):
        leaf = logits.clone().requires_grad_()
        said, entropy = scores(leaf, row, targets, 0.7)
        assert said.dtype == torch.float32
        said.backward(above)
        found.append((said.detach(), entropy.detach(), leaf.grad))
    for ours, theirs in zip(*found, strict=True):
        assert ours.dtype == theirs.dtype
        assert (ours - theirs).norm() <= close * theirs.norm()


def test_a_gradient_in_bfloat16_is_rounded_once():
    """Where a token is nearly certain, p − 1 in the number format of the logits would be 0."""
    logits = torch.tensor([[9.0, 0.0]], dtype=torch.bfloat16, requires_grad=True)
    said, _ = answer_scores(logits, torch.tensor([0]), torch.tensor([0]), 1.0)
    said.backward(torch.ones(1))
    assert logits.grad[0, 0].item() == pytest.approx(1.234e-4, rel=0.01)


def test_entropy_has_no_gradient():
    logits = torch.randn(3, 5, requires_grad=True)
    said, entropy = answer_scores(logits, torch.tensor([0, 2]), torch.tensor([1, 1]), 1.0)
    assert said.requires_grad
    assert not entropy.requires_grad
