"""Models that remember states, beside keys and values or instead: Mamba, and what mixes both."""

import pytest
import torch
from transformers import Lfm2Config, Lfm2ForCausalLM, MambaConfig, MambaForCausalLM

from engine.decoding import Decoding, has_states
from engine.generation import generate_batches, in_order
from engine.process import run as run_job
from engine.spec import ModelRef
from tests.engine.runs import curve, said, write_run

STOP = 7
MAMBA = MambaConfig(vocab_size=300, hidden_size=32, num_hidden_layers=2, state_size=8)
LFM2 = Lfm2Config(
    vocab_size=300, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=128, layer_types=["conv", "full_attention"],
)  # fmt: skip


@pytest.fixture(params=["mamba", "lfm2"])
def model(request):
    torch.manual_seed(3)
    made = (MambaForCausalLM(MAMBA) if request.param == "mamba" else Lfm2ForCausalLM(LFM2)).eval()
    for one in made.parameters():
        if one.dim() > 1:
            torch.nn.init.normal_(one, std=0.3)
    made.generation_config.eos_token_id = made.generation_config.pad_token_id = None
    return made


def test_answers_are_transformers_own_whatever_stands_beside_them(model):
    assert has_states(model)
    prompts = [[5, 9, 20], [30, 31, 32], [5, 9, 20, 40, 41, 42, 8], [12], [60, 61, 62]]
    how = Decoding(max_new_tokens=8, samples=2)
    found = in_order(generate_batches(model, prompts, frozenset({STOP}), how, unpadded=True), 5)
    for prompt, both in zip(prompts, found, strict=True):
        made = model.generate(
            torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
            do_sample=False, max_new_tokens=8, eos_token_id=STOP, pad_token_id=0,
        )  # fmt: skip
        assert [one.ids for one in both] == 2 * [made[0, len(prompt) :].tolist()]


def test_a_row_that_ends_leaves_the_others_their_states(model):
    prompts = [[5, 9, 20], [30, 31, 32], [60, 61, 62]]
    how = Decoding(max_new_tokens=6)
    [whole] = zip(*in_order(generate_batches(model, prompts, frozenset(), how, unpadded=True), 3), strict=True)  # fmt: skip
    stop = whole[0].ids[1]
    [cut] = zip(*in_order(generate_batches(model, prompts, frozenset({stop}), how, unpadded=True), 3), strict=True)  # fmt: skip
    assert cut[0].ids == whole[0].ids[: whole[0].ids.index(stop) + 1]
    for one, other in zip(whole[1:], cut[1:], strict=True):
        assert other.ids == one.ids[: len(other.ids)]


def test_it_learns_and_is_measured(model, nano_folder, questions, tmp_path):
    folder = tmp_path / "base"
    model.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "chat_template.jinja"):
        (folder / name).write_bytes((nano_folder / name).read_bytes())
    run = write_run(
        tmp_path / "1", "sft", ModelRef("folder", path=str(folder)),
        {"train": questions, "validation": questions[:4]}, tuning="full", epochs=3, batch_size=8,
        learning_rate=1e-2,
    )  # fmt: skip
    assert run_job("sft", run.root, 1, None) == 0, said(run, "failure")[0]["traceback"]
    assert curve(run, "validation/loss")[-1] < curve(run, "validation/loss")[0]
    assert curve(run, "validation/accuracy")
