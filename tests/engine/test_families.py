"""Every architecture learns, is saved, goes on bit for bit, opens with transformers, and answers."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

from engine.architectures import ARCHITECTURES, architecture_of, context_of
from engine.errors import ModelError, SpecError
from engine.families import MODULES, family_of
from engine.models import read_weights
from engine.process import run as run_job
from engine.spec import ModelRef
from tests.engine.runs import LABELS, TINY, curve, final_checkpoint, said, write_run

AUTO = {
    "decoder": AutoModelForCausalLM,
    "lstm": AutoModelForCausalLM,
    "encoder_decoder": AutoModelForSeq2SeqLM,
    "encoder_classifier": AutoModelForSequenceClassification,
}


@pytest.fixture(scope="module", params=[one for one in ARCHITECTURES if one != "decoder"])
def trained(request, questions, tmp_path_factory):
    """An architecture, and a run of it from nothing. The decoder has tests of its own."""
    run = write_run(
        tmp_path_factory.mktemp("runs") / request.param, "sft", TINY[request.param],
        {"train": questions, "validation": questions[:6]}, tuning="full", epochs=45, batch_size=8,
        learning_rate=1e-2, checkpoint_every=100,
    )  # fmt: skip
    assert run_job("sft", run.root, 1, None) == 0
    return request.param, run


def test_it_learns_a_few_rows_by_heart(trained):
    _, run = trained
    losses = curve(run, "validation/loss")
    assert losses[-1] < 0.2 * losses[0]
    assert curve(run, "validation/accuracy")[-1] == 1.0


def test_cut_and_resumed_it_ends_with_the_same_bits(trained):
    _, run = trained
    assert run_job("sft", run.root, 2, run.attempt(1).checkpoint(100)) == 0
    assert curve(run, "train/loss", fence=2) == curve(run, "train/loss")[100:]
    assert said(run, "checkpoint", 2)[-1]["sha256"] == said(run, "checkpoint")[-1]["sha256"]


def test_it_answers_every_row_of_a_split(trained, questions, tmp_path):
    architecture, run = trained
    ref = ModelRef("folder", path=str(final_checkpoint(run)), architecture=architecture)
    asked = write_run(tmp_path / "1", "predict", ref, {"test": questions}, tokens_per_batch=64)
    assert run_job("predict", asked.root, 1, None) == 0
    lines = asked.attempt(1).predictions.read_text(encoding="utf-8").splitlines()
    answers = {one["id"]: one for one in map(json.loads, lines)}
    assert [answers[one.id]["output"] for one in questions] == [one.response for one in questions]
    assert {one["ended"] for one in answers.values()} == {"stop"}


def test_its_checkpoint_opens_with_transformers_and_its_tokenizer(trained, questions):
    architecture, run = trained
    folder = final_checkpoint(run)
    model = AUTO[architecture].from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    family = family_of(architecture)
    ours = family.formatter(folder, model).prompt(questions[0]).ids
    theirs = tokenizer.apply_chat_template(
        questions[0].prompt(), add_generation_prompt=True, tokenize=False
    )
    # A chat template writes a decoder's special tokens itself; an encoder's text gets them here.
    plain = architecture in ("decoder", "lstm")
    assert tokenizer.encode(theirs, add_special_tokens=not plain) == ours
    if architecture == "encoder_classifier":
        with torch.no_grad():
            best = model(torch.tensor([ours])).logits.argmax().item()
        assert model.config.id2label[best] == questions[0].response
        return
    made = model.generate(torch.tensor([ours]), max_new_tokens=8, do_sample=False)
    new = made[0] if architecture == "encoder_decoder" else made[0, len(ours) :]
    assert tokenizer.decode(new, skip_special_tokens=True) == questions[0].response


def test_the_architecture_is_told_from_the_folder(trained):
    architecture, run = trained
    config = json.loads((final_checkpoint(run) / "config.json").read_text(encoding="utf-8"))
    assert architecture_of(config) == architecture


def test_every_architecture_has_a_family():
    assert MODULES.keys() == ARCHITECTURES.keys() == TINY.keys()
    with pytest.raises(ModelError, match="no architecture called 'rnn'"):
        family_of("rnn")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_another_familys_folder_is_refused_by_name(architecture, nano_folder):
    if architecture == "decoder":
        pytest.skip("it is a decoder's folder")
    with pytest.raises(ModelError) as refused:
        read_weights(nano_folder, torch.float32, architecture)
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("config", "architecture"),
    [
        ({"architectures": ["BertModel"], "model_type": "bert"}, "encoder_classifier"),
        ({"architectures": ["BertLMHeadModel"], "model_type": "bert"}, "decoder"),
        ({"architectures": ["T5ForConditionalGeneration"], "model_type": "t5"}, "encoder_decoder"),
        ({"architectures": ["BartForSequenceClassification"], "is_encoder_decoder": True}, "encoder_decoder"),
        ({"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3"}, "decoder"),
        ({"architectures": ["GPT2LMHeadModel"], "model_type": "gpt2"}, "decoder"),
        ({"architectures": ["CLIPModel"], "model_type": "clip"}, None),
        ({"architectures": ["LlavaForConditionalGeneration"], "model_type": "llava"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_well_known_folders_are_told_apart(config, architecture):
    assert architecture_of(config) == architecture


def test_what_an_architecture_cannot_do_is_refused_before_anything_is_loaded(questions, tmp_path):
    for architecture, method, settings, field in [
        ("encoder_classifier", "grpo", {"tuning": "full"}, "method"),
        ("lstm", "sft", {"tuning": "lora"}, "tuning"),
    ]:
        ref = ModelRef("folder", path=str(tmp_path), architecture=architecture)
        run = write_run(tmp_path / architecture, method, ref, {"train": questions}, **settings)
        assert run_job(method, run.root, 1, None) == 1
        [failure] = said(run, "failure")
        assert (failure["type"], failure["message"].partition(":")[0]) == (SpecError.kind, field)


def test_labels_of_the_tests_are_as_many_as_the_classes(trained):
    architecture, run = trained
    if architecture == "encoder_classifier":
        model = AUTO[architecture].from_pretrained(final_checkpoint(run))
        assert list(model.config.id2label.values()) == LABELS


@pytest.mark.parametrize(
    ("config", "architecture", "positions"),
    [
        ({"model_type": "llama", "max_position_embeddings": 2048}, "decoder", 2048),
        ({"model_type": "gpt2", "n_positions": 1024}, "decoder", 1024),
        ({"model_type": "t5", "n_positions": 512}, "encoder_decoder", None),
        ({"model_type": "bart", "max_position_embeddings": 1024}, "encoder_decoder", 1024),
        ({"model_type": "bert", "max_position_embeddings": 512}, "encoder_classifier", 512),
        ({"model_type": "xlm-roberta", "max_position_embeddings": 514, "pad_token_id": 1},
         "encoder_classifier", 512),
        ({}, "decoder", None),
    ],
)  # fmt: skip
def test_how_much_a_model_reads_is_told_from_its_config(config, architecture, positions):
    assert context_of(config, architecture) == positions


@pytest.fixture
def without(trained, tmp_path):
    """without(name) → a copy of the trained folder that lacks a weight."""
    architecture, run = trained

    def copy(name):
        folder = tmp_path / "without"
        shutil.copytree(final_checkpoint(run), folder)
        weights = load_file(folder / "model.safetensors")
        [gone] = [one for one in weights if one.endswith(name)]
        del weights[gone]
        save_file(weights, folder / "model.safetensors", {"format": "pt"})
        return read_weights(folder, torch.float32, architecture)

    return copy


LACKS = {
    "decoder": "layers.1.mlp.up_proj.weight",
    "lstm": "lstm.weight_hh_l0",
    "encoder_decoder": "decoder.block.0.layer.0.SelfAttention.q.weight",
    "encoder_classifier": "layer.0.attention.self.query.weight",
}


def test_weights_that_a_folder_lacks_are_not_made_up(trained, without):
    architecture, _ = trained
    with pytest.raises(ModelError) as refused:
        without(LACKS[architecture])
    assert LACKS[architecture] in refused.value.message


def test_a_classifiers_head_may_be_new(trained, without):
    architecture, _ = trained
    if architecture != "encoder_classifier":
        pytest.skip("it is no classifier")
    assert without("classifier.weight")


def test_quantised_weights_are_refused_as_what_they_are(trained, tmp_path):
    architecture, run = trained
    folder = tmp_path / "four bits"
    shutil.copytree(final_checkpoint(run), folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["quantization_config"] = {"quant_method": "gptq", "bits": 4}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="gptq"):
        read_weights(folder, torch.float32, architecture)
