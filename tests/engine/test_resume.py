"""A run that is killed and resumed ends with the very bits of one that never stopped."""

import signal
import subprocess
import sys

import pytest
from safetensors import safe_open

from engine.events import EXIT_FINISHED
from engine.process import run as run_job
from tests.engine.runs import NANO, curve, said, write_run

LOOK = 0.02
"""Seconds between looks at a process's events."""


def settings(**more):
    return {"batch_size": 4, "epochs": 25, "checkpoint_every": 25, "learning_rate": 5e-3,
            "tokens_per_batch": 120, "validation_rows": 8} | more  # fmt: skip


def weights(folder):
    """Every stored array as bytes, which says more than equality of numbers."""
    [path] = folder.glob("*model.safetensors")
    with safe_open(path, "np") as file:
        return {name: file.get_tensor(name).tobytes() for name in file.keys()}  # noqa: SIM118


def kill_after(run, step):
    """Start an attempt in its own process and kill it some time after a step's checkpoint."""
    command = [sys.executable, "-m", "engine", "sft", str(run.root)]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        while not any(one["step"] == step for one in said(run, "checkpoint")):
            try:
                process.wait(LOOK)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(process.stderr.read().decode())
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL


CASES = {
    "all weights from nothing": ("scratch", settings(tuning="full")),
    "an adapter with dropout": ("nano", settings(tuning="lora", lora_dropout=0.2)),
    "bfloat16": ("nano", settings(tuning="lora", lora_dropout=0.1, dtype="bfloat16")),
}


@pytest.mark.parametrize("case", CASES)
def test_a_killed_run_resumes_bit_for_bit(case, nano, questions, tmp_path):
    source, chosen = CASES[case]
    model = NANO if source == "scratch" else nano
    splits = {"train": questions, "validation": questions[:8]}
    whole = write_run(tmp_path / "whole", "sft", model, splits, **chosen)
    killed = write_run(tmp_path / "killed", "sft", model, splits, **chosen)
    assert run_job("sft", whole.root, 1, None) == EXIT_FINISHED

    kill_after(killed, step=25)
    checkpoint = killed.attempt(1).checkpoint(25)
    assert run_job("sft", killed.root, 2, checkpoint) == EXIT_FINISHED

    losses = curve(whole, "train/loss")
    assert curve(killed, "train/loss", fence=2) == losses[25:]
    assert curve(killed, "train/tokens", fence=2)[-1] == curve(whole, "train/tokens")[-1]
    assert curve(killed, "validation/loss", fence=2) == curve(whole, "validation/loss")[2:]
    last = said(whole, "checkpoint")[-1]["path"]
    assert said(killed, "checkpoint", fence=2)[-1]["path"] == last
    resumed = weights(killed.attempt(2).folder / last)
    assert resumed == weights(whole.attempt(1).folder / last)
    assert said(killed, "checkpoint", 2)[-1]["sha256"] == said(whole, "checkpoint")[-1]["sha256"]


def test_a_run_resumed_at_its_end_only_says_that_it_finished(questions, tmp_path):
    run = write_run(tmp_path / "1", "sft", NANO, {"train": questions}, **settings(tuning="full"))
    assert run_job("sft", run.root, 1, None) == EXIT_FINISHED
    final = said(run, "checkpoint")[-1]
    assert run_job("sft", run.root, 2, run.attempt(1).folder / final["path"]) == EXIT_FINISHED
    assert said(run, "checkpoint", fence=2)[-1]["sha256"] == final["sha256"]
    assert not curve(run, "train/loss", fence=2)


def test_what_is_no_checkpoint_is_not_resumed_from(questions, tmp_path):
    run = write_run(tmp_path / "1", "sft", NANO, {"train": questions}, **settings(tuning="full"))
    assert run_job("sft", run.root, 1, tmp_path) == 1
    [failure] = said(run, "failure")
    assert failure["type"] == "model"
    assert "no checkpoint to resume from" in failure["message"]
