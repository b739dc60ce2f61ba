"""A checkpoint is what the field's own tools open, and nothing in it is pickled."""

import hashlib

import pytest
import torch
from peft import AutoPeftModelForCausalLM
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine.models import load_for_prediction
from engine.process import run as run_job
from engine.settings import PredictSettings
from engine.spec import ModelRef
from tests.engine.runs import NANO, curve, said, write_run

PLAIN = PredictSettings(dtype="float32")


@pytest.fixture(scope="module", params=["adapter", "full", "scratch"])
def trained(request, nano, questions, tmp_path_factory):
    """A run, its final checkpoint event and that checkpoint's folder."""
    run = write_run(
        tmp_path_factory.mktemp("runs") / request.param, "sft",
        NANO if request.param == "scratch" else nano,
        {"train": questions, "validation": questions[:4]}, epochs=2, learning_rate=5e-3,
        tuning="lora" if request.param == "adapter" else "full",
    )  # fmt: skip
    assert run_job("sft", run.root, 1, None) == 0
    final = said(run, "checkpoint")[-1]
    return run, final, run.attempt(1).folder / final["path"]


def opened(folder, layout):
    cls = AutoPeftModelForCausalLM if layout == "adapter" else AutoModelForCausalLM
    return cls.from_pretrained(folder, dtype=torch.float32).eval()


def test_it_opens_with_transformers_or_peft_and_its_loss_is_the_one_that_was_measured(
    trained, questions
):
    run, final, folder = trained
    model, tokenizer = opened(folder, final["layout"]), AutoTokenizer.from_pretrained(folder)
    summed = labels = 0
    for record in questions[:4]:
        prompt = tokenizer.apply_chat_template(record.prompt(), add_generation_prompt=True, return_dict=False)  # fmt: skip
        answer = tokenizer.encode(record.response + "<|im_end|>", add_special_tokens=False)
        ids = torch.tensor([prompt + answer])
        logits = model(input_ids=ids).logits[0, len(prompt) - 1 : -1]
        summed += torch.nn.functional.cross_entropy(logits, torch.tensor(answer), reduction="sum")
        labels += len(answer)
    assert (summed / labels).item() == pytest.approx(curve(run, "validation/loss")[-1], rel=1e-5)


def test_our_own_loading_merges_to_the_same_function(trained, nano):
    _, final, folder = trained
    if final["layout"] == "adapter":
        ref = ModelRef("folder", path=nano.path, adapter=str(folder))
    else:
        ref = ModelRef("folder", path=str(folder))
    ids = torch.tensor([[0, 5, 9, 20]])
    ours = load_for_prediction(ref, PLAIN).model(input_ids=ids).logits
    theirs = opened(folder, final["layout"])(input_ids=ids).logits
    assert torch.allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize("trained", ["adapter"], indirect=True)
def test_an_adapter_names_its_base_by_its_path(trained, nano):
    _, _, folder = trained
    assert opened(folder, "adapter").peft_config["default"].base_model_name_or_path == nano.path


def test_its_hash_and_size_are_those_said(trained):
    _, final, folder = trained
    [weights] = folder.glob("*.safetensors")
    assert final["sha256"] == hashlib.sha256(weights.read_bytes()).hexdigest()
    assert final["bytes"] == sum(one.stat().st_size for one in folder.rglob("*") if one.is_file())


def test_it_holds_only_safetensors_and_text(trained):
    _, _, folder = trained
    names = {one.name for one in folder.rglob("*") if one.is_file()}
    assert {one.rpartition(".")[2] for one in names} == {"safetensors", "json", "jinja"}
    assert {"tokenizer.json", "chat_template.jinja"} <= names
    assert not [one for one in folder.parent.iterdir() if one.name.startswith(".")]


@pytest.mark.parametrize("trained", ["adapter"], indirect=True)
def test_a_parent_adapter_is_trained_further(trained, nano, questions, tmp_path):
    run, _, folder = trained
    ref = ModelRef("folder", path=nano.path, adapter=str(folder))
    for tuning in ("lora", "full"):
        child = write_run(tmp_path / tuning, "sft", ref, {"train": questions, "validation": questions[:4]},
                          tuning=tuning, epochs=1)  # fmt: skip
        assert run_job("sft", child.root, 1, None) == 0
        began = curve(child, "validation/loss")[0]
        assert began == pytest.approx(curve(run, "validation/loss")[-1], rel=1e-4)
        assert said(child, "checkpoint")[-1]["layout"] == {"lora": "adapter"}.get(tuning, tuning)
