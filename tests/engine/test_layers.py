"""Layers run as two operations each are those of transformers: same answers, same gradients."""

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from engine import forward
from engine.formatting import Example
from engine.forward import can_branch, tree_logits, tree_loss
from engine.layer import layer_of
from engine.low_rank import fuse
from engine.tree import plant

SHAPE = {"vocab_size": 64, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2,
         "num_attention_heads": 4, "num_key_value_heads": 2}  # fmt: skip
MODELS = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SHAPE, tie_word_embeddings=True)),
    "llama with biases": lambda: LlamaForCausalLM(LlamaConfig(**SHAPE, attention_bias=True)),
    "mistral": lambda: MistralForCausalLM(MistralConfig(**SHAPE, sliding_window=None)),
    "qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(**SHAPE)),
}
EXAMPLES = [
    Example([1, 2, 3, 4, 5, 6, 7], 4, 0, 0),
    Example([1, 2, 3, 9, 8, 8, 2, 7], 5, 0, 0),
    Example([1, 2, 3, 9, 8, 1, 2], 5, 0, 0),
    Example([11, 12, 13], 2, 0, 0),
]


def adapted(model, **more):
    config = LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False, **more)
    inside = get_peft_model(model, config).get_base_model()
    fuse(inside)
    return inside


def gradients(model, examples):
    """The loss, and the gradient of everything that is trained."""
    model.zero_grad()
    [tree] = plant(examples, 1000)
    loss = tree_loss(model, tree)
    loss.backward()
    trained = {name: one.grad for name, one in model.named_parameters() if one.requires_grad}
    return {"loss": loss.detach(), **trained}


def assert_as_transformers_has_it(model, examples, monkeypatch):
    ours = gradients(model, examples)
    monkeypatch.setattr(forward, "plain_hidden", lambda *_: None)
    theirs = gradients(model, examples)
    monkeypatch.undo()
    assert all(one is not None for one in theirs.values())
    for name, one in theirs.items():
        assert (ours[name] - one).norm() <= 1e-5 * one.norm(), name


def plain(model):
    return [layer_of(one) for one in model.get_decoder().layers]


@pytest.mark.parametrize("tuning", ["full", "lora"])
@pytest.mark.parametrize("name", MODELS)
def test_loss_and_gradients_are_those_of_transformers(name, tuning, monkeypatch):
    torch.manual_seed(3)
    model = MODELS[name]()
    for one in model.modules():  # norms of one would hide what becomes of their weights
        if type(one).__name__.endswith("RMSNorm"):
            torch.nn.init.normal_(one.weight, 1.0, 0.3)
    if tuning == "lora":
        model = adapted(model)
    assert None not in plain(model)
    assert can_branch(model)
    for examples in (EXAMPLES, EXAMPLES[:1]):
        assert_as_transformers_has_it(model, examples, monkeypatch)


def test_some_weights_may_be_frozen_and_others_not(monkeypatch):
    torch.manual_seed(3)
    model = MODELS["llama with biases"]()
    for at, one in enumerate(model.parameters()):
        one.requires_grad_(at % 3 == 0)
    assert_as_transformers_has_it(model, EXAMPLES, monkeypatch)


def test_gradients_are_the_same_bits_wherever_the_weights_lie():
    """A file's weights lie at any address, and a resumed run has read them from one."""
    torch.manual_seed(3)
    model = MODELS["qwen2"]()
    expected = gradients(model, EXAMPLES)
    for shift in (1, 2, 5):
        for one in model.parameters():
            elsewhere = torch.empty(one.numel() + 8)[shift : shift + one.numel()].view_as(one)
            one.data = elsewhere.copy_(one.data)
        for name, again in gradients(model, EXAMPLES).items():
            assert torch.equal(again, expected[name]), (shift, name)


def test_an_adapter_switched_off_or_merged_is_so_here():
    torch.manual_seed(3)
    base = MODELS["llama"]()
    [tree] = plant(EXAMPLES, 1000)
    untouched = tree_logits(base, tree)[0].detach()
    peft = get_peft_model(base, LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False))  # fmt: skip
    model = peft.get_base_model()
    fuse(model)
    with_adapter = tree_logits(model, tree)[0]
    assert not torch.allclose(with_adapter, untouched, atol=1e-3)
    with peft.disable_adapter():
        assert None not in plain(model)
        assert torch.allclose(tree_logits(model, tree)[0], untouched, atol=1e-5)
    peft.merge_adapter()
    assert None not in plain(model)
    assert torch.allclose(tree_logits(model, tree)[0], with_adapter, atol=1e-5)


def hooked(model):
    model.get_decoder().layers[1].mlp.register_forward_hook(lambda *_: None)
    return model


def recomputing(model):
    model.gradient_checkpointing_enable()
    return model.train()


OUT_OF_THE_ORDINARY = {
    "windows": lambda: MistralForCausalLM(MistralConfig(**SHAPE, sliding_window=2)),
    "dropout in attention": lambda: LlamaForCausalLM(LlamaConfig(**SHAPE, attention_dropout=0.1)),
    "another activation": lambda: LlamaForCausalLM(LlamaConfig(**SHAPE, hidden_act="gelu")),
    "weights in halves": lambda: MODELS["llama"]().to(torch.bfloat16),
    "DoRA": lambda: adapted(MODELS["llama"](), use_dora=True),
    "dropout in the adapter": lambda: adapted(MODELS["llama"](), lora_dropout=0.1),
    "a hook": lambda: hooked(MODELS["llama"]()),
    "gradient checkpointing": lambda: recomputing(MODELS["llama"]()),
}


@pytest.mark.parametrize("name", OUT_OF_THE_ORDINARY)
def test_what_is_out_of_the_ordinary_is_left_to_transformers(name):
    assert None in plain(OUT_OF_THE_ORDINARY[name]().train())
