"""A GPT-2 as its folder is kept: positions that end, no token named, no chat template, Conv1D layers."""

import json
from pathlib import Path

import pytest
import torch
from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel

from engine.formatting import Formatter
from engine.learnt_tokenizer import train_tokenizer
from engine.process import run as run_job
from engine.spec import ModelRef
from tests.engine.runs import curve, final_checkpoint, question, said, write_run

POSITIONS = 64


@pytest.fixture(scope="module")
def gpt2(questions, tmp_path_factory):
    folder = tmp_path_factory.mktemp("gpt2")
    train_tokenizer(questions, 300, folder)
    tokens = AutoTokenizer.from_pretrained(folder)
    (folder / "chat_template.jinja").unlink()
    (folder / "tokenizer_config.json").write_text('{"model_max_length": 64}')
    torch.manual_seed(5)
    config = GPT2Config(
        vocab_size=len(tokens), n_positions=POSITIONS, n_embd=32, n_layer=2, n_head=2,
        bos_token_id=tokens.eos_token_id, eos_token_id=tokens.eos_token_id,
    )  # fmt: skip
    GPT2LMHeadModel(config).save_pretrained(folder)
    assert "max_position_embeddings" not in json.loads((folder / "config.json").read_text())
    return ModelRef("folder", path=str(folder))


@pytest.mark.parametrize("tuning", ["lora", "full"])
def test_it_learns_and_is_measured_on_questions_that_nearly_fill_its_positions(
    gpt2, questions, tmp_path, tuning
):
    formatter = Formatter.from_folder(Path(gpt2.path))
    filler = "a"
    while len(formatter.prompt(question(98, filler, "red")).ids) < POSITIONS - 4:
        filler += " a"
    full = question(98, filler, "red")
    talkative = question(99, "which colour, at length?", "red " * 15)
    splits = {"train": questions[:8], "validation": [full, talkative, *questions[:2]]}
    run = write_run(
        tmp_path / "1", "sft", gpt2, splits, tuning=tuning, epochs=2, learning_rate=1e-2
    )
    assert run_job("sft", run.root, 1, None) == 0, said(run, "failure")[0]["traceback"]
    assert len(curve(run, "validation/accuracy")) == 1
    assert Formatter.from_folder(final_checkpoint(run)).eos == "<|im_end|>"
