"""float16 trains with a scaled loss; memory is spared without changing what is learnt."""

from pathlib import Path

import pytest
import torch

from engine.families import family_of
from engine.families.family import Material
from engine.models import Loaded, load_for_training
from engine.process import run as run_job
from engine.records import TaskInfo
from engine.scaling import FIRST, PATIENT, Scaler
from engine.settings import SFTSettings
from engine.spec import ModelRef
from tests.engine.runs import COLOURS, TINY, curve, said, write_run

TASKS = {slug: TaskInfo(**one) for slug, one in COLOURS.items()}


@pytest.fixture
def small(questions, tmp_path):
    """small(architecture) → a model with random weights, in a folder."""

    def made(architecture):
        folder = tmp_path / architecture
        torch.manual_seed(5)
        material = Material(questions, TASKS)
        model = family_of(architecture).new(TINY[architecture].overrides, folder, material)
        model.save_pretrained(folder)
        return ModelRef("folder", path=str(folder), architecture=architecture)

    return made


def test_the_scale_halves_when_it_was_too_large_and_doubles_after_long():
    scaler = Scaler(True)
    scaler.saw(False)
    assert scaler.scale == FIRST / 2
    for _ in range(PATIENT - 1):
        scaler.saw(True)
    again = Scaler(True)
    again.restore(scaler.state())
    again.saw(True)
    assert again.scale == FIRST


def test_without_scaling_a_bad_gradient_has_no_excuse():
    assert Scaler(False).exhausted
    assert not Scaler(True).exhausted


@pytest.fixture
def trained(nano, questions, tmp_path):
    def train(name, model=nano, **settings):
        run = write_run(tmp_path / name, "sft", model, {"train": questions[:8]}, epochs=4,
                        batch_size=4, learning_rate=1e-2, **settings)  # fmt: skip
        assert run_job("sft", run.root, 1, None) == 0, said(run, "failure")
        return run

    return train


def test_float16_follows_float32_though_a_first_step_is_left_out(trained):
    half, single = trained("half", dtype="float16"), trained("single", dtype="float32")
    scales = curve(half, "train/loss_scale")
    assert scales[0] in (FIRST, FIRST / 2)
    assert curve(half, "train/loss")[0] == pytest.approx(curve(single, "train/loss")[0], rel=5e-3)
    assert curve(half, "train/loss")[-1] < 0.95 * curve(half, "train/loss")[0]
    assert not curve(single, "train/loss_scale")


def test_a_gradients_norm_is_told_without_the_scale(trained, monkeypatch):
    monkeypatch.setattr("engine.scaling.FIRST", 1024.0)
    half, single = trained("half", dtype="float16"), trained("single", dtype="float32")
    first = curve(half, "train/grad_norm")[0]
    assert first == pytest.approx(curve(single, "train/grad_norm")[0], rel=2e-2)


def test_a_resumed_run_goes_on_with_the_scale_that_was_found(trained, monkeypatch):
    monkeypatch.setattr("engine.scaling.FIRST", 2.0**40)
    run = trained("half", dtype="float16", checkpoint_every=3)
    assert run_job("sft", run.root, 2, run.attempt(1).checkpoint(3)) == 0
    assert curve(run, "train/loss_scale", 2) == curve(run, "train/loss_scale")[3:]
    assert said(run, "checkpoint", 2)[-1]["sha256"] == said(run, "checkpoint")[-1]["sha256"]


@pytest.mark.parametrize("tuning", ["lora", "dora", "full"])
def test_recomputed_activations_give_the_same_losses(trained, tuning):
    on = trained("on", tuning=tuning, gradient_checkpointing="on")
    off = trained("off", tuning=tuning, gradient_checkpointing="off")
    assert curve(on, "train/loss") == pytest.approx(curve(off, "train/loss"), rel=1e-4)


def test_memory_that_runs_out_turns_recomputing_on_and_the_step_is_done_again(trained, monkeypatch):
    plain = trained("plain")
    autocast = Loaded.autocast
    calls = iter(range(1000))

    def too_large(self):
        if next(calls) > 3 and not self.spares_memory:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return autocast(self)

    monkeypatch.setattr(Loaded, "autocast", too_large)
    run = trained("spared")
    assert curve(run, "train/loss") == pytest.approx(curve(plain, "train/loss"), rel=1e-4)
    [warning] = [one for one in said(run, "log") if "did not fit" in one["message"]]
    assert warning["level"] == "warning"


def test_determinism_is_asked_of_torch(trained):
    try:
        trained("strict", deterministic=True)
        assert torch.are_deterministic_algorithms_enabled()
    finally:
        torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("tuning", ["lora", "dora"])
@pytest.mark.parametrize("architecture", ["encoder_decoder", "encoder_classifier"])
def test_what_is_trained_over_a_base_in_half_precision_is_in_single(
    small, questions, architecture, tuning
):
    """A classifier's head too: in halves it would miss small steps, and its moments would be zero."""
    chosen = SFTSettings(tuning=tuning, dtype="bfloat16", device="cpu")
    ref, material = small(architecture), Material(questions, TASKS)
    loaded = load_for_training(ref, chosen, material=material, scratch_folder=Path(ref.path))
    weights = dict(loaded.model.named_parameters())
    trained = {one.dtype for one in weights.values() if one.requires_grad}
    assert trained == {torch.float32}
    assert torch.bfloat16 in {one.dtype for one in weights.values()}
