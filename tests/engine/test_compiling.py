"""Compiled layers learn what others learn; what can't be compiled is refused."""

import sys
from contextlib import nullcontext

import pytest
import torch

from engine import calibrate
from engine.compiling import compile_layers
from engine.errors import SpecError
from engine.events import EXIT_FINISHED
from engine.families.family import Material
from engine.formatting import Example
from engine.forward import tree_loss
from engine.made_up import SHAPES, examples_in
from engine.models import Loaded, load_for_training, read_weights
from engine.optimisers import make_optimiser
from engine.process import run as run_job
from engine.settings import settings_for
from engine.stack import layers_of
from engine.tree import plant
from tests.engine.runs import TINY, curve, said, write_run


@pytest.fixture(autouse=True)
def _as_it_was():
    yield
    if "torch._dynamo" in sys.modules:
        torch.compiler.set_stance("default")


def test_a_step_runs_the_layers_that_were_compiled(nano_folder):
    """They stand in `_compiled_call_impl`; a forward pass that computes layers by itself would go past."""
    model = read_weights(nano_folder, torch.float32)
    called = []
    for layer in layers_of(model):
        layer._compiled_call_impl = lambda *args, of=layer, **more: (
            called.append(of),
            of._call_impl(*args, **more),
        )[1]
    [tree] = plant([Example([1, 2, 3], 1, 0, 0), Example([1, 4, 3], 1, 0, 0)], 100)
    tree_loss(model, tree)
    assert called == layers_of(model)


def test_a_calibrations_first_step_compiles_so_that_its_start_up_knows(nano, tmp_path, monkeypatch):
    settings = settings_for("calibrate", {})
    loaded = load_for_training(nano, settings, material=Material(), scratch_folder=tmp_path)
    entered = []
    monkeypatch.setattr(Loaded, "compiled", lambda _: (entered.append(1), nullcontext())[1])
    calibrate._step(loaded, make_optimiser(loaded, settings), examples_in(loaded, SHAPES[0]))
    assert entered


@pytest.mark.slow
def test_losses_are_those_of_layers_as_they_were_written(nano, questions, tmp_path):
    """Trees of several sizes and numbers of blocks, and generation between: few programs serve all."""
    chosen = {"epochs": 2, "batch_size": 5, "tokens_per_batch": 100, "validation_rows": 3,
              "learning_rate": 1e-3, "device": "cpu"}  # fmt: skip
    splits = {"train": questions[:12], "validation": questions[:3]}
    plain = write_run(tmp_path / "plain", "sft", nano, splits, **chosen)
    compiled = write_run(tmp_path / "compiled", "sft", nano, splits, **chosen, compile=True)
    assert run_job("sft", plain.root, 1, None) == EXIT_FINISHED
    from torch._dynamo.utils import counters

    counters.clear()
    assert run_job("sft", compiled.root, 1, None) == EXIT_FINISHED
    assert 0 < counters["stats"]["unique_graphs"] <= 12
    for name in ("train/loss", "train/grad_norm", "validation/loss"):
        assert curve(compiled, name) == pytest.approx(curve(plain, name), rel=1e-4), name


def test_an_lstm_has_no_layers_to_compile(questions, tmp_path):
    run = write_run(
        *(tmp_path / "run", "sft", TINY["lstm"], {"train": questions}),
        tuning="full",
        compile=True,
    )
    run_job("sft", run.root, 1, None)
    [failure] = said(run, "failure")
    assert failure["type"] == "spec"
    assert "no layers to compile" in failure["message"]


def test_without_a_compiler_it_is_refused(monkeypatch):
    def missing():
        raise RuntimeError("No working C++ compiler found")

    monkeypatch.setattr("torch._inductor.cpp_builder.get_cpp_compiler", missing)
    model = torch.nn.Module()
    model.layers = torch.nn.ModuleList([torch.nn.Linear(1, 1)])
    with pytest.raises(SpecError, match=r"C\+\+ compiler"):
        compile_layers(model, torch.device("cpu"))
