"""A run that is stopped anywhere, by anything, ends with the very bits of one that never stopped."""

import os
import random
import resource
import signal
import subprocess
import sys

import pytest
from safetensors import safe_open

from engine.events import EXIT_FAILED, EXIT_FINISHED, EXIT_PAUSED, EXIT_STOPPED
from engine.process import run as run_job
from tests.engine.runs import NANO, curve, said, write_run

STEPS = 90


def settings(**more):
    return {"batch_size": 4, "epochs": 15, "checkpoint_every": 20, "learning_rate": 5e-3,
            "tokens_per_batch": 120, "validation_rows": 4} | more  # fmt: skip


def weights(folder):
    """Every stored array as bytes, which says more than equality of numbers."""
    [path] = folder.glob("*model.safetensors")
    with safe_open(path, "np") as file:
        return {name: file.get_tensor(name).tobytes() for name in file.keys()}  # noqa: SIM118


CASES = {
    "all weights from nothing by Muon, the last checkpoints averaged": (
        ("sft", NANO, settings(tuning="full", optimiser="muon", averaging="last_k")),
        ("kill", "pause"),
    ),
    "a DoRA adapter with dropout and a moving average": (
        ("sft", None, settings(tuning="dora", lora_dropout=0.2, averaging="ema", patience=50,
                               evaluate_every=7)),
        ("kill while saving", "full disk", "sigterm"),
    ),
    "an adapter in bfloat16": (
        ("sft", None, settings(lora_dropout=0.1, dtype="bfloat16", epochs=10)),
        ("kill",),
    ),
    "rewarded, with several steps on each set of rollouts": (
        ("grpo", None, {"steps": STEPS, "inner_steps": 3, "checkpoint_every": 20, "max_new_tokens": 2,
                        "prompts_per_step": 2, "group_size": 3, "lora_dropout": 0.1,
                        "learning_rate": 1e-2, "validation_rows": 2}),
        ("kill",),
    ),
}  # fmt: skip

CODES = {"kill": -signal.SIGKILL, "kill while saving": -signal.SIGKILL, "pause": EXIT_PAUSED,
         "sigterm": EXIT_STOPPED, "full disk": EXIT_FAILED}  # fmt: skip


@pytest.fixture
def small_disk():
    """small_disk(folder) → the folder on a disk of 2 MB; where that takes rights we lack, a limit
    on the size of a file, as a keyword of Popen."""
    mounted = []

    def mount(folder):
        folder.mkdir(parents=True)
        command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
        if os.geteuid() == 0 and not subprocess.run(command, capture_output=True).returncode:
            mounted.append(folder)
            return {}
        return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))}

    yield mount
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def newest_checkpoint(run, fences):
    """As the studio would find it: the newest that was said; None before the first."""
    found = [
        run.attempt(fence).folder / one["path"]
        for fence in fences
        for one in said(run, "checkpoint", fence)
    ]
    return found[-1] if found else None


def interrupt(run, method, way, fence, draw, small_disk):
    """One attempt that ends at a random moment, in its own process."""
    count = draw.randrange(5, 15) if way == "kill while saving" else draw.randrange(20, 60)
    limits = small_disk(run.attempt(fence).folder) if way == "full disk" else {}
    engine = ["-m", "engine"] if limits or way == "full disk" else [
        "-m", "tests.engine.interrupted", way, str(count)
    ]  # fmt: skip
    resume = newest_checkpoint(run, range(1, fence))
    command = [sys.executable, *engine, method, str(run.root), "--attempt", str(fence)]
    command += ["--resume", str(resume)] if resume else []
    done = subprocess.run(command, capture_output=True, text=True, **limits)
    assert done.returncode == CODES[way], f"{way} at {count}: {done.stderr}"
    if way == "pause":
        run.control_path.unlink()


@pytest.mark.parametrize("case", CASES)
def test_a_run_ended_at_random_moments_resumes_bit_for_bit(
    case, nano, questions, tmp_path, small_disk
):
    (method, model, chosen), ways = CASES[case]
    splits = {"train": questions, "validation": questions[:8]}
    whole, ended = (
        write_run(tmp_path / name, method, model or nano, splits, **chosen)
        for name in ("whole", "ended")
    )
    assert run_job(method, whole.root, 1, None) == EXIT_FINISHED
    draw = random.Random(os.environ.get("RESUME_SEED", "17"))  # another word, other moments

    for fence, way in enumerate(ways, start=1):
        interrupt(ended, method, way, fence, draw, small_disk)
    last = len(ways) + 1
    resume = newest_checkpoint(ended, range(1, last))
    assert run_job(method, ended.root, last, resume) == EXIT_FINISHED

    assert points(ended, range(1, last + 1)) == points(whole, [1])
    final = said(whole, "checkpoint")[-1]
    again = said(ended, "checkpoint", last)[-1]
    assert (again["path"], again["sha256"]) == (final["path"], final["sha256"])
    assert again["values"] == final["values"]
    assert weights(ended.attempt(last).folder / again["path"]) == weights(
        whole.attempt(1).folder / final["path"]
    )


MACHINE = ("train/tokens_per_second", "system/memory_bytes")
"""Points that differ from one time to the next."""


def points(run, fences):
    """Every point as the studio keeps it: of (step, name), what was said last; and that what was said
    before was the same."""
    kept = {}
    for fence in fences:
        for point in said(run, "point", fence):
            for name, value in point["values"].items():
                if name not in MACHINE:
                    assert kept.setdefault((point["step"], name), value) == value
    return kept


def test_a_run_resumed_at_its_end_only_says_that_it_finished(questions, tmp_path):
    chosen = settings(tuning="full", averaging="last_k", checkpoint_every=5)
    run = write_run(tmp_path / "1", "sft", NANO, {"train": questions}, **chosen)
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
