"""How many tokens go at once is found before the first step, and a run that can't fit never starts."""

import pytest
import torch

from engine.budget import LEAST, MOST, budget_within, fitting_budget
from engine.checkpoints import read_progress
from engine.dataset import examples_of
from engine.errors import OutOfMemory
from engine.objectives.sft import SFT, run
from engine.start import start
from tests.engine.runs import curve, final_checkpoint, open_job, said, write_run

GIGABYTE = 1 << 30


@pytest.fixture
def job(nano, questions, tmp_path):
    return open_job(
        write_run(
            tmp_path / "1", "sft", nano, {"train": questions}, tuning="full", batch_size=24,
            epochs=1, tokens_per_batch=0,
        )
    )  # fmt: skip


@pytest.fixture
def ready(job, questions):
    loaded, _ = start(job, questions)
    return loaded, examples_of(job, loaded.formatter, questions, context=loaded.context)


def test_what_fits_depends_on_what_is_free(ready):
    assert fitting_budget(*ready, lambda: 64 * GIGABYTE) == MOST["cpu"]
    assert budget_within(GIGABYTE, each=1e6, fixed=100_000_000, alone=300) == 558
    assert budget_within(GIGABYTE, each=1e9, fixed=0, alone=0) == LEAST


def test_a_longest_example_that_can_not_fit_is_said_before_the_first_step(ready):
    loaded, examples = ready
    with pytest.raises(OutOfMemory, match="longest example"):
        fitting_budget(loaded, examples, lambda: 1)


def test_a_dry_step_leaves_no_trace(ready):
    loaded, examples = ready
    weights = {name: one.clone() for name, one in loaded.model.state_dict().items()}
    before = torch.get_rng_state()
    fitting_budget(loaded, examples)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(one.grad is None for one in loaded.model.parameters())
    assert all(torch.equal(one, weights[name]) for name, one in loaded.model.state_dict().items())


def test_a_run_takes_what_was_found_and_a_resumed_one_the_same(job, ready, tmp_path):
    loaded, examples = ready
    assert run(job) == 0
    assert any("tokens at once" in one["message"] for one in said(job.run, "log"))
    found = read_progress(final_checkpoint(job.run)).objective["tokens_per_batch"]
    assert found > 0
    again = SFT(open_job(job.run, 2, resume=final_checkpoint(job.run)), loaded, examples)
    again.restore({"tokens_per_batch": 77})
    assert again.state() == {"tokens_per_batch": 77}
    assert len(curve(job.run, "train/loss")) == 1


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_on_a_gpu_the_longest_batch_is_tried(ready):
    loaded, examples = ready
    assert fitting_budget(loaded, examples) == MOST["cuda"]
