"""A checkpoint is what the field's own tools open, and nothing in it is pickled."""

import hashlib
import json
import shutil

import pytest
import torch
from peft import AutoPeftModelForCausalLM
from tokenizers import Tokenizer
from tokenizers.processors import TemplateProcessing
from transformers import AutoModelForCausalLM, AutoTokenizer

from engine.checkpoints import Progress, read_tensors, write
from engine.families.family import Material
from engine.formatting import Formatter
from engine.models import load_for_prediction, load_for_training
from engine.optimisers import make_optimiser
from engine.process import run as run_job
from engine.settings import PredictSettings, SFTSettings
from engine.sharding import gather
from engine.spec import ModelRef
from engine.world import World
from tests.engine.runs import NANO, curve, final_checkpoint, said, write_run

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


def test_moments_that_share_a_table_are_written_and_put_back(nano, tmp_path):
    """AdamW of 8 bits keeps one table of its numbers for all weights, under the name of each."""
    loaded = load_for_training(nano, SFTSettings(tuning="full", dtype="float32"), material=Material(), scratch_folder=tmp_path)  # fmt: skip
    optimiser = make_optimiser(loaded, SFTSettings(tuning="full"))
    table = torch.linspace(-1, 1, 256)
    for weight in optimiser.weights:
        optimiser._parts[0].state[weight]["qmap1"] = table
    moments = gather(World(), optimiser.state()[0])
    write(tmp_path / "step-000001", loaded, Progress(), {"optimiser": moments})
    again = read_tensors(tmp_path / "step-000001", "optimiser")
    assert again.keys() == moments.keys()
    assert all(torch.equal(one, table) for one in again.values())


def trained_from(base, questions, tmp_path):
    run = write_run(tmp_path / "1", "sft", ModelRef("folder", path=str(base)), {"train": questions[:4]},
                    epochs=1)  # fmt: skip
    assert run_job("sft", run.root, 1, None) == 0, said(run, "failure")
    return run


def test_an_adapter_says_how_answers_end_where_its_bases_config_alone_does(
    nano_folder, questions, tmp_path
):
    """As over GPT-2, whose folder names no token."""
    base = shutil.copytree(nano_folder, tmp_path / "base")
    (base / "tokenizer_config.json").write_text("{}")
    (base / "generation_config.json").unlink()
    run = trained_from(base, questions, tmp_path)
    made = Formatter.from_folder(final_checkpoint(run))
    assert (made.eos, made.stop_ids) == (
        Formatter.from_folder(base).eos,
        Formatter.from_folder(nano_folder).stop_ids,
    )


def test_what_a_killed_attempt_was_writing_is_deleted_by_the_next(nano, questions, tmp_path):
    run = write_run(tmp_path / "1", "sft", nano, {"train": questions[:4]}, epochs=1)
    half = run.attempt(1).checkpoints / ".step-000007.4711.tmp"
    half.mkdir(parents=True)
    (half / "model.safetensors").write_bytes(b"half")
    whole = run.attempt(1).checkpoint(6)
    whole.mkdir()
    assert run_job("sft", run.root, 2, None) == 0
    assert not half.exists()
    assert whole.exists()


def test_a_base_that_was_never_taught_a_chat_is_asked_elsewhere_as_it_was_taught_here(
    nano_folder, questions, tmp_path
):
    """Its tokenizer puts a BOS before a text, which chat templates have to say themselves."""
    base = shutil.copytree(nano_folder, tmp_path / "base")
    (base / "chat_template.jinja").unlink()
    config = json.loads((base / "tokenizer_config.json").read_text())
    (base / "tokenizer_config.json").write_text(json.dumps(config | {"bos_token": "<|pad|>"}))
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    pad = tokenizer.token_to_id("<|pad|>")
    tokenizer.post_processor = TemplateProcessing(
        single="<|pad|> $A", special_tokens=[("<|pad|>", pad)]
    )
    tokenizer.save(str(base / "tokenizer.json"))
    run = trained_from(base, questions, tmp_path)
    theirs = AutoTokenizer.from_pretrained(final_checkpoint(run)).apply_chat_template(
        questions[0].prompt(), add_generation_prompt=True, return_dict=False
    )
    assert theirs[0] == pad
    for folder in (base, final_checkpoint(run)):
        assert Formatter.from_folder(folder).prompt(questions[0]).ids == theirs
