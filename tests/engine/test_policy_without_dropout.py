"""A policy is learnt from as it was sampled: no dropout, whatever the model's config says."""

import pytest
import torch
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    GPT2Config,
    GPT2LMHeadModel,
    T5Config,
    T5ForConditionalGeneration,
)

from engine.dropout import without_dropout
from engine.objectives import grpo
from engine.process import run as run_job
from engine.spec import ModelRef
from tests.engine.runs import TINY, curve, final_checkpoint, open_job, write_run

SIZES = {"vocab_size": 60, "d_model": 32, "decoder_start_token_id": 0}
MODELS = {
    "t5": lambda: T5ForConditionalGeneration(
        T5Config(**SIZES, d_kv=16, d_ff=64, num_layers=2, num_heads=2, dropout_rate=0.3)
    ),
    "bart": lambda: BartForConditionalGeneration(
        BartConfig(
            **SIZES, encoder_layers=2, decoder_layers=2, encoder_attention_heads=2,
            decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64, dropout=0.3,
            attention_dropout=0.3, activation_dropout=0.3, encoder_layerdrop=0.3, decoder_layerdrop=0.3,
        )
    ),
    "gpt2": lambda: GPT2LMHeadModel(
        GPT2Config(vocab_size=60, n_embd=32, n_layer=2, n_head=2, resid_pdrop=0.3, embd_pdrop=0.3, attn_pdrop=0.3)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
@torch.no_grad()
def test_in_train_mode_it_says_what_it_says_in_eval_mode(name):
    torch.manual_seed(3)
    model, ids = MODELS[name](), torch.arange(12).view(1, 12)
    asked = {"input_ids": ids}
    if model.config.is_encoder_decoder:
        asked["decoder_input_ids"] = ids
    expected = model.eval()(**asked).logits
    model.train()
    assert not torch.allclose(model(**asked).logits, expected, atol=1e-3)
    without_dropout(model)
    for _ in range(3):
        assert torch.equal(model(**asked).logits, expected)
    assert model.training


@pytest.mark.parametrize(
    ("architecture", "lora_dropout"), [("encoder_decoder", 0.0), ("decoder", 0.5)]
)
def test_the_first_step_starts_from_the_very_policy_that_was_sampled(
    architecture, lora_dropout, questions, tmp_path
):
    """Its own reference, too: no divergence, and each ratio of a second inner step near 1."""
    sft = write_run(
        tmp_path / "1", "sft", TINY[architecture], {"train": questions}, tuning="full", epochs=4,
        learning_rate=1e-2,
    )  # fmt: skip
    assert run_job("sft", sft.root, 1, None) == 0
    folder = final_checkpoint(sft)
    config = folder / "config.json"
    config.write_text(config.read_text().replace('"dropout_rate": 0.0', '"dropout_rate": 0.4'))
    ref = ModelRef("folder", path=str(folder), architecture=architecture)
    run = write_run(
        tmp_path / "2", "grpo", ref, {"train": questions}, tuning="lora", lora_dropout=lora_dropout,
        steps=1, prompts_per_step=4, group_size=4, max_new_tokens=4, kl_beta=0.1,
    )  # fmt: skip
    assert grpo.run(open_job(run)) == 0
    assert curve(run, "grpo/kl")[0] == pytest.approx(0.0, abs=1e-6)
