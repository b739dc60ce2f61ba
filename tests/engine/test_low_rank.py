"""A LoRA layer run as one operation is peft's layer: same answers, same gradients."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch import nn

from engine.low_rank import LowRankLinear, fuse


@pytest.fixture(params=[True, False], ids=["bias", "no bias"])
def model(request):
    torch.manual_seed(3)
    layers = nn.Sequential(
        nn.Linear(12, 20, request.param), nn.SiLU(), nn.Linear(20, 7, request.param)
    )
    return adapted(layers)


def adapted(layers, **more):
    config = LoraConfig(
        r=4, lora_alpha=10, target_modules=["0", "2"], init_lora_weights=False, **more
    )
    return get_peft_model(layers, config)


def run(model, x):
    """The output, and the gradients of its input and of every adapter weight."""
    model.zero_grad()
    x = x.clone().requires_grad_()
    y = model(x)
    y.square().sum().backward()
    return [y.detach(), x.grad, *(one.grad for one in model.parameters() if one.requires_grad)]


def fused(model):
    return [one for one in model.modules() if type(one) is LowRankLinear]


def test_answers_and_gradients_are_those_of_peft(model):
    x = torch.randn(2, 5, 12)
    theirs = run(model, x)
    fuse(model)
    assert len(fused(model)) == 2
    for ours, other in zip(run(model, x), theirs, strict=True):
        assert (ours - other).norm() <= 1e-6 * other.norm()


def test_the_frozen_weights_get_no_gradient(model):
    fuse(model)
    run(model, torch.randn(3, 12))
    assert all(layer.base_layer.weight.grad is None for layer in fused(model))


def test_switched_off_merged_or_in_autocast_it_is_peft_that_runs(model):
    fuse(model)
    x = torch.randn(3, 12)
    with_adapter = model(x)
    with model.disable_adapter():
        assert not torch.allclose(model(x), with_adapter)
    with torch.autocast("cpu", torch.bfloat16):
        assert model(x).dtype == torch.bfloat16
    model.merge_adapter()
    assert torch.allclose(model(x), with_adapter, atol=1e-5)
    model.unmerge_adapter()
    assert torch.allclose(model(x), with_adapter, atol=1e-5)


def test_dropout_is_left_to_peft():
    torch.manual_seed(3)
    model = adapted(nn.Sequential(nn.Linear(12, 20), nn.SiLU(), nn.Linear(20, 7)), lora_dropout=0.5)
    fuse(model)
    x = torch.randn(3, 12)
    assert not torch.equal(model.train()(x), model(x))
    assert torch.equal(model.eval()(x), model(x))
