"""Adapters come off and go on without leaving a trace."""

import pytest
import torch
from peft.tuners.lora import Linear as LoraLayer

from engine.adapters import keep_reference, merged, new_adapter, put_adapter, reference
from engine.models import read_weights
from engine.settings import SFTSettings

IDS = torch.tensor([[0, 5, 9, 20]])


@pytest.fixture
def adapted(nano_folder):
    """A LoRA model in bfloat16 whose adapter says something."""
    base = read_weights(nano_folder, torch.bfloat16)
    model = new_adapter(base, SFTSettings(lora_rank=4), str(nano_folder)).eval()
    torch.manual_seed(3)
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    return model


@torch.no_grad()
def logits(model):
    with torch.autocast("cpu", torch.bfloat16):
        return model(input_ids=IDS).logits.float()


def test_a_new_adapter_is_float32_on_a_frozen_base(adapted):
    trained = {n: p.dtype for n, p in adapted.named_parameters() if p.requires_grad}
    assert trained
    assert all("lora_" in name for name in trained)
    assert set(trained.values()) == {torch.float32}


def test_a_new_adapter_computes_nothing(nano_folder):
    base = read_weights(nano_folder, torch.float32).eval()
    before = logits(base)
    assert torch.equal(logits(new_adapter(base, SFTSettings(), "")), before)


def test_merging_keeps_the_function_and_gives_the_very_bits_back(adapted):
    before = {name: one.clone() for name, one in adapted.state_dict().items()}
    apart = logits(adapted)
    with merged(adapted):
        together = logits(adapted)
        assert not torch.equal(
            adapted.get_base_model().model.layers[0].mlp.up_proj.base_layer.weight,
            before["base_model.model.model.layers.0.mlp.up_proj.base_layer.weight"],
        )
    with adapted.disable_adapter():
        without = logits(adapted)
    assert (together - apart).norm() < 0.05 * (without - apart).norm()
    assert torch.equal(logits(adapted), apart)
    after = adapted.state_dict()
    assert all(torch.equal(after[name], one) for name, one in before.items())


def test_where_there_is_no_room_for_a_copy_nothing_is_merged(adapted, monkeypatch):
    before = {name: one.clone() for name, one in adapted.state_dict().items()}
    apart, merge, calls = logits(adapted), LoraLayer.merge, iter(range(100))

    def third_time_too_large(self, *args, **kwargs):
        if next(calls) == 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        merge(self, *args, **kwargs)

    monkeypatch.setattr(LoraLayer, "merge", third_time_too_large)
    with merged(adapted):
        assert torch.equal(logits(adapted), apart)
    assert torch.equal(logits(adapted), apart)
    after = adapted.state_dict()
    assert all(torch.equal(after[name], one) for name, one in before.items())


def test_the_reference_is_the_base_where_training_began_with_none(adapted, nano_folder):
    with reference(adapted):
        inside = logits(adapted)
    assert torch.equal(inside, logits(read_weights(nano_folder, torch.bfloat16)))
    assert not torch.equal(inside, logits(adapted))


def test_the_reference_is_the_parent_adapter_where_training_began_with_one(
    adapted, nano_folder, tmp_path
):
    adapted.save_pretrained(tmp_path)
    parent = logits(adapted)
    child = put_adapter(read_weights(nano_folder, torch.bfloat16), str(tmp_path), trainable=True)
    keep_reference(child, str(tmp_path))
    trained = {name for name, one in child.named_parameters() if one.requires_grad}
    assert trained
    assert not any("reference" in name for name in trained)
    with torch.no_grad():
        for name, weight in child.named_parameters():
            if "lora_B.default" in name:
                weight.mul_(2)
    with reference(child.eval()):
        assert torch.equal(logits(child), parent)
    assert not torch.equal(logits(child), parent)
    assert {name for name, one in child.named_parameters() if one.requires_grad} == trained


def test_inside_merged_gradients_of_others_are_untouched(adapted):
    with merged(adapted):
        pass
    adapted.train()(input_ids=IDS).logits.float().sum().backward()
    assert all(p.grad is not None for p in adapted.parameters() if p.requires_grad)
