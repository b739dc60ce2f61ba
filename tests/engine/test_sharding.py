"""Two processes that keep half of the model each take the steps that one would take."""

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from engine.events import EXIT_FINISHED
from engine.process import run as run_job
from engine.sharding import gather, like, part, whole
from engine.stack import layers_of
from engine.world import World
from tests.engine.runs import NANO, curve, final_checkpoint, said, write_run
from tests.engine.test_several_processes import launched, launched_through_a_pause

SHARED = {"batch_size": 7, "epochs": 25 / 24, "tokens_per_batch": 100, "learning_rate": 5e-3,
          "clip": 0.5, "device": "cpu", "validation_rows": 4}  # fmt: skip
"""Micro-batches are uneven, the last step has one pair, and every gradient is clipped."""


def weights(run, fence=1):
    return {
        name: one
        for file in final_checkpoint(run, fence).glob("*.safetensors")
        for name, one in load_file(file).items()
    }


def assert_close(ones, others):
    assert ones.keys() == others.keys()
    for name, one in ones.items():
        gap = (one - others[name]).norm() / one.norm().clamp(min=1e-12)
        assert gap < 1e-4, (
            name
        )  # AdamW's first steps make as much of a gradient's last bits as of the rest


def test_losses_and_weights_are_those_of_one_process_through_a_pause(questions, tmp_path):
    chosen = {**SHARED, "tuning": "full", "averaging": "ema", "ema_decay": 0.5}
    splits = {"train": questions, "validation": questions[:8]}
    one = write_run(tmp_path / "one", "sft", NANO, splits, **chosen)
    two = write_run(tmp_path / "two", "sft", NANO, splits, **chosen, shard=True)
    assert run_job("sft", one.root, 1, None) == EXIT_FINISHED

    launched_through_a_pause(two)
    assert any("sharded" in line["message"] for line in said(two, "log"))

    assert min(curve(one, "train/grad_norm")) > chosen["clip"]
    for name in ("train/loss", "train/grad_norm", "train/tokens", "validation/loss",
                 "validation/accuracy"):  # fmt: skip
        both = curve(two, name) + curve(two, name, fence=2)
        assert both == pytest.approx(curve(one, name), rel=1e-5), name
    assert_close(weights(one), weights(two, fence=2))


@pytest.mark.slow
def test_adapters_are_sharded_too(nano, questions, tmp_path):
    splits = {"train": questions, "validation": questions[:8]}
    one = write_run(tmp_path / "one", "sft", nano, splits, **SHARED, lora_rank=3)
    two = write_run(tmp_path / "two", "sft", nano, splits, **SHARED, lora_rank=3, shard=True)
    assert run_job("sft", one.root, 1, None) == EXIT_FINISHED
    launched(two, "sft")
    for name in ("train/loss", "train/grad_norm", "validation/loss"):
        assert curve(two, name) == pytest.approx(curve(one, name), rel=1e-5), name
    assert_close(weights(one), weights(two))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "close"), [({"gradient_checkpointing": "on"}, 1e-5), ({"dtype": "bfloat16"}, 1e-2)]
)
def test_shards_recompute_and_round_as_one_process_does(questions, tmp_path, more, close):
    """In bfloat16 the order in which two processes add is another than that of one."""
    chosen = {**SHARED, "tuning": "full", **more}
    splits = {"train": questions, "validation": questions[:8]}
    one = write_run(tmp_path / "one", "sft", NANO, splits, **chosen)
    two = write_run(tmp_path / "two", "sft", NANO, splits, **chosen, shard=True)
    assert run_job("sft", one.root, 1, None) == EXIT_FINISHED
    launched(two, "sft")
    for name in ("train/loss", "train/grad_norm", "validation/loss"):
        assert curve(two, name) == pytest.approx(curve(one, name), rel=close), name


def test_one_process_has_nobody_to_share_with(questions, tmp_path):
    run = write_run(
        tmp_path / "run", "sft", NANO, {"train": questions[:4]}, tuning="full", shard=True
    )
    assert run_job("sft", run.root, 1, None) == EXIT_FINISHED
    [warning] = [one for one in said(run, "log") if one["level"] == "warning"]
    assert "nothing is sharded" in warning["message"]


def test_layers_are_those_of_the_outermost_lists():
    block = nn.ModuleDict({"inner": nn.ModuleList([nn.Linear(1, 1)])})
    model = nn.ModuleDict({"first": nn.ModuleList([block, nn.Linear(1, 1)]), "head": nn.ReLU()})
    assert layers_of(model) == [block, model["first"][1]]


def test_what_is_whole_is_left_as_it_is():
    weight = torch.ones(3)
    assert part(weight) is weight
    assert whole(weight) is weight
    assert like(weight, weight) is weight
    assert gather(World(), {"a": weight, "b": weight})["b"] is not None
    assert gather(World(rank=1, size=2), {"a": weight}) == {}
