"""How a step goes through the memory is decided before the first, and a run that can't fit never starts."""

import pytest
import torch

from engine import budget
from engine.budget import MOST, halves, make_room
from engine.checkpoints import read_progress
from engine.dataset import examples_of
from engine.errors import OutOfMemory
from engine.learner import Learner
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


def test_where_memory_abounds_nothing_is_tried(job, ready, monkeypatch):
    monkeypatch.setattr(budget, "dry_step", lambda *_: 1 / 0)
    assert make_room(job, *ready, lambda: 64 * GIGABYTE) == MOST["cpu"]


@pytest.mark.parametrize(
    ("kept", "twice", "tokens", "spares"),
    [(1000, 900, 1000, False), (5000, 1000, 1000, True), (9000, 5000, 200, True)],
    ids=["fewer at once", "computed twice", "twice and fewer"],
)
def test_activations_are_computed_twice_only_where_memory_asks(
    job, ready, monkeypatch, kept, twice, tokens, spares
):
    """A megabyte for activations, of which a token takes `kept` or, recomputed, `twice`."""
    loaded, examples = ready
    free = (10**6 + 12 * sum(one.numel() for one in loaded.model.parameters())) / budget.MARGIN
    monkeypatch.setattr(
        budget, "_bytes_of_a_token", lambda one, _: twice if one.spares_memory else kept
    )
    longest = examples * 4
    assert make_room(job, loaded, longest, lambda: round(free)) == pytest.approx(tokens, abs=2)
    assert (loaded.spares_memory, loaded.shares) == (spares, not spares)


def test_a_longest_example_that_can_not_fit_is_said_before_the_first_step(job, ready):
    with pytest.raises(OutOfMemory, match="longest example"):
        make_room(job, *ready, lambda: 1)


def test_budgets_are_halved_down_to_the_least():
    assert list(halves(4096, 700)) == [4096, 2048, 1024, 700]
    assert list(halves(64, 700)) == [700]


def test_a_dry_step_leaves_no_trace(job, ready, monkeypatch):
    loaded, examples = ready
    monkeypatch.setattr(budget, "GENEROUS", 10**12)  # as if memory could be short
    weights = {name: one.clone() for name, one in loaded.model.state_dict().items()}
    before = torch.get_rng_state()
    make_room(job, loaded, examples)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(one.grad is None for one in loaded.model.parameters())
    assert all(torch.equal(one, weights[name]) for name, one in loaded.model.state_dict().items())


def test_a_run_takes_what_was_found_and_a_resumed_one_the_same(job, ready, tmp_path):
    loaded, examples = ready
    assert run(job) == 0
    assert any("tokens at once" in one["message"] for one in said(job.run, "log"))
    progress = read_progress(final_checkpoint(job.run))
    assert (progress.objective["tokens_per_batch"], progress.recomputes) == (MOST["cpu"], False)
    again = SFT(open_job(job.run, 2, resume=final_checkpoint(job.run)), loaded, examples)
    again.restore({"tokens_per_batch": 77})
    assert again.state() == {"tokens_per_batch": 77}
    assert len(curve(job.run, "train/loss")) == 1


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_on_a_gpu_the_longest_batch_is_tried(job, ready):
    assert make_room(job, *ready) == MOST["cuda"]


def test_a_run_whose_memory_asked_for_it_resumes_with_activations_computed_twice(
    job, ready, monkeypatch
):
    monkeypatch.setattr(budget, "GENEROUS", 10**12)
    monkeypatch.setattr(
        budget, "_bytes_of_a_token", lambda one, _: 1 if one.spares_memory else 10**12
    )
    assert run(job) == 0
    assert any("gradient checkpointing" in one["message"] for one in said(job.run, "log"))
    progress = read_progress(final_checkpoint(job.run))
    assert progress.recomputes
    loaded, _ = ready
    assert not loaded.spares_memory
    Learner(job, loaded, total=1, every=1).restore(final_checkpoint(job.run), progress)
    assert loaded.spares_memory


@pytest.mark.parametrize("averaging", ["none", "ema"])
def test_room_is_left_for_an_average_where_one_is_asked_for(
    nano, questions, tmp_path, monkeypatch, averaging
):
    job = open_job(
        write_run(
            tmp_path / "1", "sft", nano, {"train": questions}, tuning="full", averaging=averaging
        )
    )
    loaded, _ = start(job, questions)
    examples = examples_of(job, loaded.formatter, questions)
    monkeypatch.setattr(budget, "_bytes_of_a_token", lambda *_: 1000)
    weights = sum(one.numel() for one in loaded.model.parameters())
    free = (16 * weights + 5 * 10**5) / budget.MARGIN
    found = make_room(job, loaded, examples * 4, lambda: round(free))
    spare = 0 if averaging == "ema" else 4 * weights
    assert found == pytest.approx((5 * 10**5 + spare) / 1000, abs=2)
