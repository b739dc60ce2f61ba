"""Whatever goes wrong has a type, a message and a remedy, and the exit code says that it failed."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.events import EXIT_FAILED, EXIT_FINISHED, EXIT_FULL
from engine.families import family_of
from engine.families.family import Material
from engine.process import run as run_job
from engine.process import typed
from engine.records import TaskInfo
from engine.spec import ModelRef
from tests.engine.runs import COLOURS, NANO, TINY, question, said, write_run


def failure(run):
    assert run_job("sft", run.root, 1, None) == EXIT_FAILED
    assert said(run, "state")[-1]["state"] == "failed"
    [event] = said(run, "failure")
    assert event["remedy"]
    assert "Traceback" in event["traceback"]
    return event["type"], event["message"]


@pytest.fixture
def write(questions, tmp_path):
    def write(model=NANO, splits=None, **settings):
        splits = {"train": questions} if splits is None else splits
        return write_run(tmp_path / "1", "sft", model, splits, **{"tuning": "full", **settings})

    return write


def test_a_run_without_training_data(write):
    assert failure(write(splits={})) == ("data", "the run has no train split")


def test_a_run_with_an_empty_split(write):
    assert failure(write(splits={"train": []})) == ("data", "the train split is empty")


def test_a_broken_row_is_named(write):
    run = write()
    with open(run.split("train"), "a") as file:
        file.write('{"id": 1, "pair"\n')
    kind, message = failure(run)
    assert kind == "data"
    assert "train.jsonl row 25" in message


def test_no_row_that_fits(write):
    kind, message = failure(write(splits={"train": [question(1, "why?", "red " * 99)]}, max_length=16))  # fmt: skip
    assert (kind, message) == ("data", "no row of train fits 16 tokens")


def test_no_row_that_the_model_can_read(write):
    few = replace(NANO, overrides=NANO.overrides | {"positions": 16})
    run = write(few, {"train": [question(1, "why?", "red " * 99)]})
    assert failure(run) == ("data", "no row of train fits 16 tokens")
    assert "a model that reads more" in said(run, "failure")[0]["remedy"]


def test_a_row_that_does_not_fit_is_left_out_and_said(write, questions):
    splits = {"train": [questions[0], question(77, "why?", "red " * 200), *questions[1:]]}
    run = write(splits=splits, max_length=100, epochs=1)
    assert run_job("sft", run.root, 1, None) == EXIT_FINISHED
    [warning] = [one for one in said(run, "log") if one["level"] == "warning"]
    assert (warning["row"], warning["record"]) == (2, 77)
    assert "train row 2 is left out" in warning["message"]


def test_a_model_folder_that_is_gone(write):
    kind, message = failure(write(ModelRef("folder", path="/nowhere/at/all")))
    assert (kind, message) == ("model", "there is no model folder at /nowhere/at/all")


def test_weights_that_are_not_safetensors(write, nano_folder, tmp_path):
    folder = tmp_path / "pickled"
    folder.mkdir()
    (folder / "config.json").write_text((nano_folder / "config.json").read_text())
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    kind, message = failure(write(ModelRef("folder", path=str(folder))))
    assert kind == "model"
    assert "can't be read" in message


def test_a_model_that_brings_its_own_code_is_refused(write, nano_folder, tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    config = json.loads((nano_folder / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoModelForCausalLM": "mine.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "mine.py").write_text("raise SystemExit('ran')")
    kind, message = failure(write(ModelRef("folder", path=str(folder))))
    assert kind == "model"
    assert "no decoder known to transformers" in message


@pytest.mark.parametrize("architecture", TINY)
def test_a_tokenizer_that_knows_more_tokens_than_the_model(
    write, questions, tmp_path, architecture
):
    """Of a chat most often: they were added to the tokenizer, and no row of the weights to them."""
    folder, tasks = tmp_path / "folder", {slug: TaskInfo(**one) for slug, one in COLOURS.items()}
    ref = TINY[architecture]
    model = family_of(architecture).new(ref.overrides, folder, Material(questions, tasks))
    model.resize_token_embeddings(280)
    model.save_pretrained(folder)
    kind, message = failure(write(ModelRef("folder", path=str(folder), architecture=architecture)))
    assert kind == "model"
    assert re.fullmatch(
        r"pair 1: the tokenizer writes '.+' as number 2\d\d, and the model knows 280 tokens",
        message,
    )


def test_a_hub_id_that_cannot_be_fetched_says_how_to_bring_a_folder(write, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    run = write(ModelRef("hub", path="nobody/nothing-of-the-kind"))
    kind, message = failure(run)
    assert kind == "model"
    assert "nobody/nothing-of-the-kind can't be fetched" in message
    assert "--local-dir" in said(run, "failure")[0]["remedy"]


def test_a_model_from_nothing_cannot_be_trained_by_adapters(write):
    kind, message = failure(write(tuning="lora"))
    assert kind == "spec"
    assert "choose full" in message


def test_a_spec_out_of_range(write):
    run = write()
    spec = json.loads(run.spec_path.read_text())
    spec["settings"]["batch_size"] = 0
    run.spec_path.write_text(json.dumps(spec))
    assert failure(run) == ("spec", "batch_size: must be at least 1")


def test_a_spec_that_is_no_json(write):
    run = write()
    run.spec_path.write_text("{")
    assert failure(run)[0] == "spec"


def test_a_loss_that_is_no_number(write, nano_folder, tmp_path):
    folder = tmp_path / "spoilt"
    folder.mkdir()
    for path in nano_folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    spoilt = load_file(folder / "model.safetensors")
    spoilt["model.norm.weight"][0] = float("nan")
    save_file(spoilt, folder / "model.safetensors", {"format": "pt"})
    kind, message = failure(write(ModelRef("folder", path=str(folder))))
    assert kind == "diverged"
    assert message.startswith("step 1: the loss is nan")


@pytest.mark.parametrize("limit", [60_000, 150_000], ids=["weights", "optimiser"])
def test_a_full_disk_leaves_no_half_checkpoint(write, limit):
    run = write(epochs=1)
    program = (
        f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
        f"from engine.__main__ import main; sys.exit(main(['sft', {str(run.root)!r}]))"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == EXIT_FAILED
    [event] = said(run, "failure")
    assert event["type"] == "disk"
    assert list(run.attempt(1).checkpoints.iterdir()) == []


def test_where_not_even_the_failure_can_be_written_the_exit_code_tells_of_the_disk(write):
    run, most = write(), 5_000
    events, log = run.attempt(1).events, run.attempt(1).log
    events.parent.mkdir(parents=True)
    for file in (events, log):
        file.write_text("\n" * most)
    program = (
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}));"
        f"from engine.__main__ import leave, main; leave(main(['sft', {str(run.root)!r}]))"
    )
    with open(log, "a") as full:
        done = subprocess.run([sys.executable, "-c", program], stdout=full, stderr=full)
    assert done.returncode == EXIT_FULL
    assert events.read_text() == "\n" * most


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
)
def test_memory_that_ran_out(error):
    assert typed(error).kind == "out_of_memory"


def test_a_fault_of_ours_is_called_one():
    assert typed(KeyError("x")).kind == "internal"
