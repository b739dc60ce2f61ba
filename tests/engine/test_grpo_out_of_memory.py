"""A step of reward learning whose memory ran out is done again on the same rollouts, and what follows
can be resumed to the same bits."""

import pytest
import torch
from safetensors.torch import load_file

from engine.events import EXIT_FINISHED
from engine.objectives.grpo import GRPO
from engine.process import run as run_job
from tests.engine.runs import (
    LABELS,
    curve,
    final_checkpoint,
    question,
    said,
    trained_nano,
    write_run,
)

QUESTIONS = [question(i, f"which colour has number {i}?", LABELS[i % 3]) for i in range(1, 25)]
SETTINGS = {
    "prompts_per_step": 2, "group_size": 4, "max_new_tokens": 5, "learning_rate": 1e-3, "steps": 4,
    "inner_steps": 2, "checkpoint_every": 1, "log_every": 1, "tuning": "full",
}  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return trained_nano(tmp_path_factory.mktemp("base") / "1", QUESTIONS, epochs=60)


@pytest.fixture(scope="module")
def plain(base, tmp_path_factory):
    run = write_run(tmp_path_factory.mktemp("plain") / "2", "grpo", base, {"train": QUESTIONS}, **SETTINGS)  # fmt: skip
    assert run_job("grpo", run.root, 1, None) == EXIT_FINISHED
    return run


def shown(run) -> list[tuple[str, float]]:
    return [(one["output"], one["score"]) for one in said(run, "sample") if one["step"] == 1]


@pytest.mark.parametrize("at", [0, 1])
def test_the_rollouts_stay_and_what_follows_resumes_to_the_same_bits(
    base, plain, tmp_path, monkeypatch, at
):
    loss = GRPO.loss

    def too_large(self, micro):
        if self._step == at and not self._loaded.spares_memory:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return loss(self, micro)

    run = write_run(tmp_path / "3", "grpo", base, {"train": QUESTIONS}, **SETTINGS)
    with monkeypatch.context() as patched:
        patched.setattr(GRPO, "loss", too_large)
        assert run_job("grpo", run.root, 1, None) == EXIT_FINISHED
    assert [one for one in said(run, "log") if "did not fit" in one["message"]]
    assert shown(run) == shown(plain), "the first set is neither sampled nor shown again"
    assert min(curve(run, "grpo/no_spread")) < 1, "there is something to learn"

    began = run.attempt(1).checkpoint(at + 1)
    assert run_job("grpo", run.root, 2, began) == EXIT_FINISHED
    weights = [load_file(final_checkpoint(run, fence) / "model.safetensors") for fence in (1, 2)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_micro_batches_are_laid_out_anew_once_nothing_is_shared(base, tmp_path, monkeypatch):
    laid = []
    plant = GRPO._lay_out

    def seen(self):
        plant(self)
        laid.append((self._step + 1, self._loaded.shares))

    loss = GRPO.loss

    def too_large(self, micro):
        if self._step == 1 and not self._loaded.spares_memory:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return loss(self, micro)

    monkeypatch.setattr(GRPO, "_lay_out", seen)
    monkeypatch.setattr(GRPO, "loss", too_large)
    run = write_run(tmp_path / "4", "grpo", base, {"train": QUESTIONS}, **SETTINGS)
    assert run_job("grpo", run.root, 1, None) == EXIT_FINISHED
    assert laid == [(0, True), (2, False), (2, False)]
