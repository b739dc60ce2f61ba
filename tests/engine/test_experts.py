"""A mixture of experts: the weights that its experts hold together take adapters too, and give them back."""

import pytest
import torch
from transformers import MambaConfig, MambaForCausalLM, Qwen3MoeConfig, Qwen3MoeForCausalLM

from engine.adapters import merged, new_adapter
from engine.errors import SpecError
from engine.process import run as run_job
from engine.settings import SFTSettings
from engine.spec import ModelRef
from tests.engine.runs import curve, final_checkpoint, said, write_run

SIZES = {
    "vocab_size": 300, "hidden_size": 32, "intermediate_size": 64, "moe_intermediate_size": 16,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8,
    "num_experts": 4, "num_experts_per_tok": 2, "max_position_embeddings": 128,
}  # fmt: skip
IDS = torch.tensor([[5, 9, 20, 7]])


@pytest.fixture
def experts():
    torch.manual_seed(3)
    return Qwen3MoeForCausalLM(Qwen3MoeConfig(**SIZES)).eval()


@torch.no_grad()
def test_merging_keeps_the_function_and_gives_the_very_bits_back(experts):
    model = new_adapter(experts, SFTSettings(lora_rank=4), "").eval()
    for name, weight in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.1)
    assert any("experts" in name for name, one in model.named_parameters() if one.requires_grad)
    before = {name: one.clone() for name, one in model.state_dict().items()}
    apart = model(input_ids=IDS).logits
    with merged(model):
        together = model(input_ids=IDS).logits
        now = model.state_dict()
        assert any(
            "experts" in name and not torch.equal(now[name], one) for name, one in before.items()
        )
    assert torch.allclose(together, apart, atol=1e-4)
    assert all(torch.equal(model.state_dict()[name], one) for name, one in before.items())


def test_it_learns_is_measured_and_goes_on(experts, nano_folder, questions, tmp_path):
    folder = tmp_path / "base"
    experts.config.eos_token_id = experts.generation_config.eos_token_id = None
    experts.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (folder / name).write_bytes((nano_folder / name).read_bytes())
    run = write_run(
        tmp_path / "1", "sft", ModelRef("folder", path=str(folder)),
        {"train": questions, "validation": questions[:4]}, epochs=2, batch_size=8,
        learning_rate=1e-2, checkpoint_every=3,
    )  # fmt: skip
    assert run_job("sft", run.root, 1, None) == 0, said(run, "failure")[0]["traceback"]
    losses = curve(run, "train/loss")
    assert losses[-1] < losses[0]
    assert run_job("sft", run.root, 2, run.attempt(1).checkpoint(3)) == 0
    assert curve(run, "train/loss", 2) == losses[3:]
    again, first = said(run, "checkpoint", 2)[-1], said(run, "checkpoint")[-1]
    assert again["sha256"] == first["sha256"]
    assert final_checkpoint(run).is_dir()


def test_adapters_that_a_model_does_not_take_are_refused_as_a_setting(experts):
    mamba = MambaForCausalLM(MambaConfig(vocab_size=64, hidden_size=16, num_hidden_layers=1))
    for model, settings in (
        (experts, SFTSettings(tuning="dora")),
        (mamba, SFTSettings()),
    ):
        with pytest.raises(SpecError) as refused:
            new_adapter(model, settings, "")
        assert "train all weights" in refused.value.fields["tuning"]
