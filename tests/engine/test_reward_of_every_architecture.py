"""Reward trains whatever writes: the policy starts as its own reference, and earns more and more."""

import dataclasses

import pytest

from engine.process import run as run_job
from engine.spec import ModelRef
from tests.engine.runs import TINY, curve, final_checkpoint, write_run

GRPO = {"steps": 16, "prompts_per_step": 8, "group_size": 8, "max_new_tokens": 4,
        "temperature": 1.0, "learning_rate": 1e-2, "kl_beta": 0.01}  # fmt: skip


@pytest.mark.parametrize(
    ("architecture", "epochs", "tuning"), [("encoder_decoder", 6, "full"), ("lstm", 10, "full")]
)
def test_reward_rises(architecture, epochs, tuning, questions, tmp_path):
    sft = write_run(
        tmp_path / "1", "sft", TINY[architecture], {"train": questions}, tuning="full", epochs=epochs,
        batch_size=8, learning_rate=1e-2, checkpoint_every=1000,
    )  # fmt: skip
    assert run_job("sft", sft.root, 1, None) == 0
    ref = ModelRef("folder", path=str(final_checkpoint(sft)), architecture=architecture)
    red = [dataclasses.replace(one, response="red") for one in questions]
    run = write_run(tmp_path / "2", "grpo", ref, {"train": red}, tuning=tuning, **GRPO)
    assert run_job("grpo", run.root, 1, None) == 0
    kl, reward = curve(run, "grpo/kl"), curve(run, "grpo/reward")
    assert kl[0] == pytest.approx(0.0, abs=1e-6)
    assert max(kl[1:]) > 1e-4
    assert sum(reward[-4:]) / 4 > sum(reward[:4]) / 4 + 0.15


def test_two_steps_on_the_same_rollouts_resume_in_between(questions, tmp_path):
    """The rollouts of an encoder–decoder travel in a checkpoint like a decoder's."""
    sft = write_run(
        tmp_path / "1", "sft", TINY["encoder_decoder"], {"train": questions}, tuning="full", epochs=4,
        learning_rate=1e-2,
    )  # fmt: skip
    assert run_job("sft", sft.root, 1, None) == 0
    ref = ModelRef("folder", path=str(final_checkpoint(sft)), architecture="encoder_decoder")
    asked = GRPO | {"steps": 4, "inner_steps": 2, "checkpoint_every": 3}
    run = write_run(tmp_path / "2", "grpo", ref, {"train": questions}, **asked)
    assert run_job("grpo", run.root, 1, None) == 0
    assert run_job("grpo", run.root, 2, run.attempt(1).checkpoint(3)) == 0
    assert curve(run, "train/loss", fence=2) == curve(run, "train/loss")[3:]
