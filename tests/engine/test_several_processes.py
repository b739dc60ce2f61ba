"""Two processes take the steps that one would take, and go on from where they were paused."""

import os
import subprocess
import sys

import pytest
import torch

from engine import together
from engine.events import EXIT_FINISHED
from engine.process import run as run_job
from engine.run_dir import RunDir
from engine.world import World
from tests.engine.runs import NANO, curve, said, write_run
from training.runner.launcher import command, own_gpus


def launched(run: RunDir, method, *arguments, way=()):
    """`accelerate launch`, as the runner writes it, over the engine or its interrupted sister."""
    line = command(method, [str(run.root), *arguments], processes=2)
    if way:
        at = line.index("engine")
        line[at : at + 1] = ["tests.engine.interrupted", *way]
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]


def launched_through_a_pause(run):
    """SFT in two attempts of two processes: the first is asked to pause on the way, the second ends it."""
    launched(run, "sft", way=("pause", "8"))
    assert said(run, "state")[-1]["state"] == "paused"
    [paused] = said(run, "checkpoint")
    run.control_path.unlink()
    folder = run.attempt(1).folder / paused["path"]
    launched(run, "sft", "--attempt", "2", "--resume", str(folder))
    assert said(run, "state", 2)[-1]["state"] == "finished"


def test_losses_are_those_of_one_process_through_a_pause(questions, tmp_path):
    """Micro-batches are uneven, and the last step has one pair: the second process has none."""
    chosen = {"tuning": "full", "batch_size": 7, "epochs": 25 / 24, "tokens_per_batch": 100,
              "learning_rate": 5e-3, "device": "cpu", "validation_rows": 4}  # fmt: skip
    splits = {"train": questions, "validation": questions[:8]}
    one = write_run(tmp_path / "one", "sft", NANO, splits, **chosen)
    two = write_run(tmp_path / "two", "sft", NANO, splits, **chosen)
    assert run_job("sft", one.root, 1, None) == EXIT_FINISHED

    launched_through_a_pause(two)

    assert len(curve(one, "train/loss")) == 4
    for name in ("train/loss", "train/grad_norm", "train/tokens", "validation/loss"):
        both = curve(two, name) + curve(two, name, fence=2)
        assert both == pytest.approx(curve(one, name), rel=1e-5), name


@pytest.mark.slow
def test_rewards_are_those_of_one_process(nano, questions, tmp_path):
    chosen = {"steps": 4, "prompts_per_step": 3, "group_size": 4, "max_new_tokens": 2,
              "inner_steps": 2, "device": "cpu", "learning_rate": 1e-3}  # fmt: skip
    one = write_run(tmp_path / "one", "grpo", nano, {"train": questions}, **chosen)
    two = write_run(tmp_path / "two", "grpo", nano, {"train": questions}, **chosen)
    assert run_job("grpo", one.root, 1, None) == EXIT_FINISHED
    launched(two, "grpo")
    for name in ("grpo/reward", "grpo/entropy", "grpo/length", "train/tokens", "train/grad_norm"):
        assert curve(two, name) == pytest.approx(curve(one, name), rel=1e-4, abs=1e-7), name


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("count", [1, 5, 12])
def test_every_item_is_dealt_to_one_process(size, count):
    worlds = [World(rank=rank, size=size) for rank in range(size)]
    items = [count - one for one in range(count)]
    for deal in (lambda one: one.dealt(items, cost=float), lambda one: one.every(items)):
        assert sorted(item for one in worlds for item in deal(one)) == sorted(items)


def test_dealt_shares_cost_alike():
    items = [100, 90, 50, 40, 10, 0]
    shares = [World(rank=rank, size=2).dealt(items, cost=float) for rank in (0, 1)]
    assert [sum(one) for one in shares] == [150, 140]


def test_one_process_speaks_to_nobody():
    world = World()
    weight = torch.nn.Parameter(torch.ones(2))
    together.add_gradients(world, [weight])
    assert weight.grad is None
    assert together.sums(world, 1.5, 2) == [1.5, 2]
    assert together.told(world, {"a": 1}) == {"a": 1}


def test_the_line_has_no_launcher_for_one_process():
    assert command("sft", ["/runs/1"], processes=1) == [
        sys.executable, "-m", "engine", "sft", "/runs/1",
    ]  # fmt: skip
    assert command("sft", ["/runs/1"], processes=2)[-6:] == [
        "--num_processes", "2", "-m", "engine", "sft", "/runs/1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("named", "count"),
    [({}, 1), ({"CUDA_VISIBLE_DEVICES": "0,3"}, 2), ({"CUDA_VISIBLE_DEVICES": ""}, 1)],
)
def test_a_worker_counts_the_gpus_it_was_given(named, count):
    assert own_gpus(named) == count


@pytest.mark.parametrize(("size", "code"), [("1", 9), ("2", 3)])
def test_who_had_company_leaves_without_python_tidying_up(size, code):
    """The tidying is tried by what it would do last: here, to end with another code."""
    done = subprocess.run(
        [sys.executable, "-c", "import atexit, os; from engine.__main__ import leave; "
         "atexit.register(os._exit, 9); leave(3)"],
        env={**os.environ, "WORLD_SIZE": size},
    )  # fmt: skip
    assert done.returncode == code
