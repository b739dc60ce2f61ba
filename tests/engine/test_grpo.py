"""`grpo` raises the reward it is given, shows its rollouts, and resumes to the very same bits."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from engine.adapters import reference
from engine.checkpoints import resumed
from engine.events import EXIT_FAILED, EXIT_FINISHED, EXIT_STOPPED
from engine.models import load_for_prediction
from engine.objectives.grpo import GRPO
from engine.process import run as run_job
from engine.run_dir import Control
from engine.settings import PredictSettings
from engine.spec import ModelRef
from engine.start import start
from tests.engine.runs import (
    COLOURS,
    LABELS,
    curve,
    final_checkpoint,
    open_job,
    question,
    said,
    trained_nano,
    write_run,
)

QUESTIONS = [question(i, f"which colour has number {i}?", LABELS[i % 3]) for i in range(1, 25)]
RED = [replace(one, response="red") for one in QUESTIONS]
SMALL = {"prompts_per_step": 2, "group_size": 4, "max_new_tokens": 5, "learning_rate": 1e-3}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """Answers with one of the three labels, whichever."""
    return trained_nano(tmp_path_factory.mktemp("base") / "1", QUESTIONS, epochs=60)


@pytest.fixture(scope="module")
def learnt(base, tmp_path_factory):
    """Fifty steps with nothing but the reward to say that red is right."""
    run = write_run(
        tmp_path_factory.mktemp("learnt") / "2", "grpo", base,
        {"train": RED, "validation": RED[:8]}, tuning="full", steps=50, prompts_per_step=4,
        group_size=8, max_new_tokens=5, learning_rate=4e-3,
    )  # fmt: skip
    assert run_job("grpo", run.root, 1, None) == EXIT_FINISHED
    return run


@pytest.fixture(scope="module")
def adapted(base, tmp_path_factory):
    """A few steps of LoRA."""
    root = tmp_path_factory.mktemp("adapted") / "3"
    run = write_run(root, "grpo", base, {"train": RED}, **SMALL, steps=3)
    assert run_job("grpo", run.root, 1, None) == EXIT_FINISHED
    return replace(base, adapter=str(final_checkpoint(run)))


def test_the_reward_rises(learnt):
    rewards = curve(learnt, "grpo/reward")
    assert sum(rewards[:5]) / 5 < 0.5
    assert sum(rewards[-5:]) / 5 > 0.9
    assert curve(learnt, "validation/accuracy")[-1] == 1.0


def test_every_curve_is_said(learnt):
    last = said(learnt, "point")[-2]["values"]
    names = {"reward", "kl", "entropy", "length", "no_spread", "clipped"}
    assert {f"grpo/{name}" for name in names} <= last.keys()
    assert last["grpo/kl"] > 0.01
    assert curve(learnt, "grpo/entropy")[-1] < curve(learnt, "grpo/entropy")[0]
    assert curve(learnt, "grpo/no_spread")[-1] > curve(learnt, "grpo/no_spread")[0]


def test_the_best_and_the_worst_rollouts_are_shown(learnt):
    shown = [one for one in said(learnt, "sample") if "advantage" in one]
    first = [one for one in shown if one["step"] == 1]
    assert 1 <= len(first) <= 4
    assert first[0]["prompt"].endswith("<|assistant|>")
    assert first[0]["reference"] == "red"
    assert all(one["score"] == 1.0 for one in shown if one["output"] == "red")
    assert all(one["score"] == 0.0 for one in shown if one["output"] == "green")
    assert any(one["advantage"] > 0 for one in shown)
    assert any(one["advantage"] < 0 for one in shown)


def test_a_step_is_the_same_however_many_micro_batches_it_takes(base, tmp_path):
    norms = []
    for budget in (64, 4096):
        run = write_run(tmp_path / str(budget), "grpo", base, {"train": QUESTIONS}, steps=2,
                        tokens_per_batch=budget, **SMALL | {"prompts_per_step": 16})  # fmt: skip
        assert run_job("grpo", run.root, 1, None) == EXIT_FINISHED
        norms.append(curve(run, "train/grad_norm"))
    assert norms[0] == pytest.approx(norms[1], rel=1e-4)
    assert min(norms[0]) > 0


def test_each_set_is_shown_with_the_first_point_that_is_made_of_it(base, tmp_path):
    run = write_run(tmp_path / "1", "grpo", base, {"train": RED}, **SMALL, steps=9, inner_steps=2,
                    log_every=4)  # fmt: skip
    assert run_job("grpo", run.root, 1, None) == EXIT_FINISHED
    assert sorted({one["step"] for one in said(run, "sample")}) == [4, 8, 9]
    assert [one["step"] for one in said(run, "point")] == [4, 8, 9]


def test_a_checkpoint_is_a_plain_adapter_over_the_base(adapted, base):
    folder = Path(adapted.adapter)
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == base.path
    plain = AutoModelForCausalLM.from_pretrained(base.path, dtype=torch.float32)
    theirs = PeftModel.from_pretrained(plain, folder)
    ours = load_for_prediction(adapted, PredictSettings(dtype="float32"))
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.no_grad(), theirs.disable_adapter():
        untrained = theirs(ids).logits
    with torch.no_grad():
        assert torch.allclose(theirs(ids).logits, ours.model(ids).logits, atol=1e-5)
        assert not torch.allclose(theirs(ids).logits, untrained, atol=1e-2)


def test_a_chain_of_runs_still_ends_in_one_adapter_over_the_base(adapted, base, tmp_path):
    run = write_run(tmp_path / "4", "grpo", adapted, {"train": RED}, **SMALL, steps=1)
    assert run_job("grpo", run.root, 1, None) == EXIT_FINISHED
    folder = final_checkpoint(run)
    assert [one.name for one in folder.glob("**/*.safetensors") if "resume" not in one.parts] == [
        "adapter_model.safetensors"
    ]
    config = json.loads((folder / "adapter_config.json").read_text())
    assert config["base_model_name_or_path"] == base.path


@pytest.mark.parametrize("tuning", ["lora", "full"])
def test_a_run_stopped_between_inner_steps_goes_on_to_the_same_bits(base, tmp_path, tuning):
    settings = {**SMALL, "steps": 7, "inner_steps": 3, "tuning": tuning, "kl_beta": 0.1}
    settings |= {"checkpoint_every": 4}
    whole = write_run(tmp_path / "whole", "grpo", base, {"train": RED}, **settings)
    broken = write_run(tmp_path / "broken", "grpo", base, {"train": RED}, **settings)
    assert run_job("grpo", whole.root, 1, None) == EXIT_FINISHED
    checkpoint = whole.attempt(1).checkpoint(4)  # after the first step on the second set
    state = json.loads((checkpoint / "resume" / "state.json").read_text())
    assert len(state["objective"]["rollouts"]) == 8
    assert run_job("grpo", broken.root, 2, checkpoint) == EXIT_FINISHED
    for name in ("train/loss", "grpo/kl", "grpo/reward"):
        assert curve(broken, name, fence=2) == curve(whole, name)[4:]
    [weights] = final_checkpoint(whole).glob("*.safetensors")
    one, other = load_file(weights), load_file(final_checkpoint(broken, 2) / weights.name)
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_training_on_from_an_adapter_keeps_that_adapter_as_the_reference(adapted, tmp_path):
    run = write_run(tmp_path / "3", "grpo", adapted, {"train": RED}, **SMALL, steps=2)
    job = open_job(run)
    loaded, _ = start(job, RED)
    objective = GRPO(job, loaded)
    before = load_for_prediction(adapted, PredictSettings(dtype="float32")).model
    ids = torch.tensor([[5, 6, 7, 8]])
    trainable = {name for name, one in loaded.model.named_parameters() if one.requires_grad}
    assert trainable
    assert all(".default." in name for name in trainable)

    sum(objective.loss(tree) for tree in objective.batch(0)).backward()
    with torch.no_grad():
        for weight in loaded.model.parameters():
            if weight.requires_grad:
                weight.add_(0.1)
        with reference(loaded.model):
            kept = loaded.model(ids).logits
        moved = loaded.model(ids).logits
        assert torch.allclose(kept, before(ids).logits, atol=1e-5)
        assert not torch.allclose(moved, kept, atol=0.1)
    assert {name for name, one in loaded.model.named_parameters() if one.requires_grad} == trainable


def test_a_resumed_run_keeps_the_reference_that_it_began_with(adapted, tmp_path):
    settings = {**SMALL, "steps": 4, "checkpoint_every": 2, "kl_beta": 1.0}
    whole = write_run(tmp_path / "whole", "grpo", adapted, {"train": QUESTIONS}, **settings)
    broken = write_run(tmp_path / "broken", "grpo", adapted, {"train": QUESTIONS}, **settings)
    run_job("grpo", whole.root, 1, None)
    checkpoint = whole.attempt(1).checkpoint(2)
    assert resumed(adapted, checkpoint).adapter == str(checkpoint)
    run_job("grpo", broken.root, 2, checkpoint)
    assert curve(broken, "grpo/kl", fence=2) == curve(whole, "grpo/kl")[2:]
    assert curve(whole, "grpo/kl")[-1] > 0


def test_without_weight_there_is_no_reference_and_no_kl(base, tmp_path):
    run = write_run(tmp_path / "4", "grpo", base, {"train": RED}, **SMALL, steps=2, kl_beta=0)
    assert run_job("grpo", run.root, 1, None) == EXIT_FINISHED
    assert curve(run, "grpo/kl") == []
    assert len(curve(run, "grpo/reward")) == 2


def test_a_wish_to_stop_is_obeyed_after_a_step(base, tmp_path):
    run = write_run(tmp_path / "5", "grpo", base, {"train": RED}, **SMALL, steps=50)
    run.ask(Control(want="stop"))
    assert run_job("grpo", run.root, 1, None) == EXIT_STOPPED


@pytest.mark.parametrize(
    ("settings", "tasks", "model", "kind"),
    [
        ({"reward": "label_match"}, {"classification": {"kind": "free"}}, None, "spec"),
        ({}, COLOURS, ModelRef("scratch", preset="nano"), "spec"),
        ({"max_length": 16, "max_new_tokens": 14}, COLOURS, None, "data"),
        ({}, {"classification": {**COLOURS["classification"], "labels": ["blue"]}}, None, "data"),
    ],
)
def test_what_can_not_be_learnt_fails_before_the_first_step(
    base, tmp_path, settings, tasks, model, kind
):
    settings = {**SMALL, **settings}
    run = write_run(tmp_path / "6", "grpo", model or base, {"train": RED}, tasks, **settings)
    assert run_job("grpo", run.root, 1, None) == EXIT_FAILED
    [failure] = said(run, "failure")
    assert failure["type"] == kind
    assert not said(run, "point")
