"""What leaves opens elsewhere and computes the same."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from gguf import GGUFReader
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine import events
from engine.bundled import _unpermute
from engine.errors import ModelError
from engine.formatting import PLAIN_TEMPLATE
from engine.gguf_file import write_gguf
from engine.gguf_fit import gguf_misfit
from engine.models import load_for_prediction
from engine.process import run as run_job
from engine.run_dir import RunDir, write_atomically
from engine.settings import PredictSettings, settings_for
from engine.spec import JobSpec
from tests.engine.runs import LABELS, final_checkpoint, question, said, trained_nano, write_run

RECORDS = [question(i, f"What is {one} like?", one) for i, one in enumerate(LABELS * 2)]
LINEAGE = {"base": "nano, trained", "name": "Colours"}


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    return trained_nano(tmp_path_factory.mktemp("full") / "run", RECORDS, epochs=5)


@pytest.fixture(scope="module")
def adapted(tmp_path_factory, full):
    """An adapter on the full weights, trained long enough to matter."""
    run = write_run(
        tmp_path_factory.mktemp("adapted") / "run", "sft", full, {"train": RECORDS},
        learning_rate=1e-2, epochs=5, lora_rank=4,
    )  # fmt: skip
    assert run_job("sft", run.root, 1, None) == events.EXIT_FINISHED
    return replace(full, adapter=str(final_checkpoint(run)))


@pytest.fixture
def export(tmp_path):
    """export(model, form=…) → the folder that was written; or the failure, where there is one."""

    def exported(model, **asked):
        run = RunDir(tmp_path / "job")
        run.root.mkdir(exist_ok=True)
        spec = JobSpec("export", model, {}, settings_for("export", asked), lineage=LINEAGE)
        write_atomically(run.spec_path, spec.to_json())
        if run_job("export", run.root, 1, None) == events.EXIT_FINISHED:
            return run.attempt(1).folder / "export"
        assert not (run.attempt(1).folder / "export").exists()
        [failure] = said(run, "failure")
        return failure

    return exported


def logits(model) -> torch.Tensor:
    ids = torch.tensor([[5, 9, 200, 31, 77, 4, 260, 12]])
    with torch.no_grad():
        return model.eval()(input_ids=ids).logits


def ours(ref) -> torch.Tensor:
    settings = PredictSettings(dtype="float32", device="cpu", threads=1)
    return logits(load_for_prediction(ref, settings).transformer)


def test_merged_weights_open_with_transformers_and_give_the_same_logits(export, adapted, full):
    folder = export(adapted, form="merged")
    assert not (folder / "adapter_config.json").exists()
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert torch.allclose(logits(model), ours(adapted), atol=1e-5)
    assert not torch.allclose(logits(model), ours(full), atol=1e-2), "the adapter is in it"
    tokenizer = AutoTokenizer.from_pretrained(folder)
    said = tokenizer.apply_chat_template([{"role": "user", "content": "red?"}], tokenize=False)
    assert said.startswith("<|user|>red?")


def test_an_adapter_alone_opens_with_peft_and_names_its_base_not_our_folder(export, adapted, full):
    from peft import PeftModel

    folder = export(adapted, form="adapter")
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == "nano, trained"
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(full.path), folder)
    assert torch.allclose(logits(model), ours(adapted), atol=1e-5)
    assert (folder / "tokenizer.json").is_file()
    assert full.path not in "".join(one.read_text("utf-8") for one in folder.glob("*.json"))


def test_whole_weights_have_no_adapter_to_export(export, full):
    failure = export(full, form="adapter")
    assert "no adapter" in failure["message"]


@pytest.mark.parametrize(("numbers", "within"), [("float32", 1e-5), ("float16", 2e-2), ("bfloat16", 0.2)])  # fmt: skip
def test_a_gguf_file_opens_with_transformers_own_reader_and_gives_the_same_logits(
    export, adapted, numbers, within
):
    folder = export(adapted, form="gguf", numbers=numbers)
    model = AutoModelForCausalLM.from_pretrained(
        folder, gguf_file="model.gguf", dtype=torch.float32
    )
    assert torch.allclose(logits(model), ours(adapted), atol=within)


def test_a_gguf_file_holds_every_tensor_and_the_tokenizer(export, full):
    folder = export(full, form="gguf", numbers="float32")
    reader = GGUFReader(folder / "model.gguf")
    model = AutoModelForCausalLM.from_pretrained(full.path)
    weights = {name: one.numpy() for name, one in model.state_dict().items()}
    tensors = {one.name: one.data for one in reader.tensors}
    assert len(tensors) == len(weights) - 1, "the output layer is the embedding's"
    assert np.array_equal(tensors["token_embd.weight"], weights["model.embed_tokens.weight"])
    query = _unpermute(tensors["blk.1.attn_q.weight"], model.config.num_attention_heads)
    assert np.array_equal(query, weights["model.layers.1.self_attn.q_proj.weight"])

    fields = {name: one.contents() for name, one in reader.fields.items()}
    tokenizer = AutoTokenizer.from_pretrained(full.path)
    assert fields["tokenizer.ggml.tokens"] == tokenizer.convert_ids_to_tokens(range(len(tokenizer)))
    assert fields["tokenizer.ggml.eos_token_id"] == tokenizer.eos_token_id
    assert fields["tokenizer.ggml.pre"] == "smollm"
    assert "<|assistant|>" in fields["tokenizer.chat_template"]
    assert fields["general.name"] == "Colours"


def test_what_a_gguf_reader_would_read_wrongly_is_refused_with_the_reason(full, tmp_path):
    model = AutoModelForCausalLM.from_pretrained(full.path)
    for name, value, why in (
        ("model_type", "qwen2", "this is a 'qwen2' one"),
        ("attention_bias", True, "attention_bias"),
        ("rope_parameters", {"rope_type": "yarn"}, "stretches its positions"),
    ):
        kept = getattr(model.config, name)
        setattr(model.config, name, value)
        with pytest.raises(ModelError) as refused:
            write_gguf(tmp_path / "x", model, tmp_path, name="", numbers="float32")
        assert why in refused.value.message
        setattr(model.config, name, kept)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({}, None),
        ({"model_type": "gpt2"}, "'gpt2'"),
        ({"rope_parameters": None, "rope_scaling": {"type": "linear", "factor": 2.0}}, "linear"),
        ({"attention_bias": True}, "attention_bias"),
    ],
)
def test_whether_a_folder_fits_is_told_before_anything_is_loaded(full, tmp_path, change, why):
    config = json.loads((Path(full.path) / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | change))
    (tmp_path / "tokenizer.json").write_bytes((Path(full.path) / "tokenizer.json").read_bytes())
    refused = gguf_misfit(tmp_path)
    assert refused is None if why is None else why in refused.message


@pytest.mark.parametrize(
    "change",
    [
        {"normalizer": {"type": "NFKC"}},
        {"pre_tokenizer": {"type": "Whitespace"}},
        {"model": {"type": "Unigram"}},
    ],
)
def test_a_tokenizer_that_gguf_has_no_words_for_is_refused(full, tmp_path, change):
    model = AutoModelForCausalLM.from_pretrained(full.path)
    raw = json.loads((Path(full.path) / "tokenizer.json").read_text())
    (tmp_path / "tokenizer.json").write_text(json.dumps(raw | change))
    with pytest.raises(ModelError) as refused:
        write_gguf(tmp_path / "x", model, tmp_path, name="", numbers="float32")
    assert "tokenizer" in refused.value.message


def test_a_gguf_file_tells_the_template_wherever_the_folder_keeps_it(full, tmp_path):
    """Older folders keep it in tokenizer_config.json, and some models were trained on the plain one."""
    model = AutoModelForCausalLM.from_pretrained(full.path)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copyfile(Path(full.path) / name, tmp_path / name)

    def told():
        write_gguf(tmp_path / "model.gguf", model, tmp_path, name="", numbers="float32")
        return GGUFReader(tmp_path / "model.gguf").fields["tokenizer.chat_template"].contents()

    assert told() == PLAIN_TEMPLATE
    config = json.loads((tmp_path / "tokenizer_config.json").read_text())
    config["chat_template"] = "{{ messages }}"
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    assert told() == "{{ messages }}"
