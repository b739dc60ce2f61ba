"""Liger's kernels are what runs where they were asked for; elsewhere they are refused with a remedy."""

import sys

import pytest
import torch

from engine import liger, start
from engine.errors import SpecError
from engine.families.family import Material
from engine.formatting import Example
from engine.forward import tree_loss
from engine.models import load_for_training, read_weights
from engine.process import run as run_job
from engine.settings import settings_for
from engine.tree import plant
from tests.engine.runs import said, write_run


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_cuda_a_run_says_so(nano, questions, tmp_path):
    run = write_run(tmp_path / "run", "sft", nano, {"train": questions}, liger=True)
    run_job("sft", run.root, 1, None)
    [failure] = said(run, "failure")
    assert failure["type"] == "spec"
    assert "CUDA" in failure["message"]


def test_a_missing_package_is_named(nano_folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "liger_kernel", None)
    model = read_weights(nano_folder, torch.float32)
    with pytest.raises(SpecError, match="liger-kernel is not installed"):
        liger.fit_liger(model, torch.device("cuda"))
    assert not liger.fitted(model)


def test_whether_a_model_shares_is_tried_before_its_kernels_are_in(nano, tmp_path, monkeypatch):
    """One that will be sharded waits on the CPU, where they refuse to run."""

    def refuse(_):
        raise ValueError("Pointer argument cannot be accessed from Triton (cpu tensor?)")

    def fit(model, _):
        model.get_decoder().norm.forward = refuse

    monkeypatch.setattr(start, "fit_liger", fit)
    settings = settings_for("sft", {"liger": True})
    loaded = load_for_training(nano, settings, material=Material(), scratch_folder=tmp_path)
    start.as_asked(loaded, settings)
    assert loaded.shares


@pytest.mark.gpu
@pytest.mark.smollm
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_its_kernels_are_run_and_give_the_same_loss_and_gradients(smollm2):
    pytest.importorskip("liger_kernel")
    shared = list(range(1, 60))
    examples = [Example([*shared, *range(at, at + 9)], 62, 0, 0) for at in (100, 200, 300)]
    [tree] = plant(examples, 1000)
    found = []
    for fit in (False, True):
        model = read_weights(smollm2, torch.bfloat16).cuda()
        if fit:
            liger.fit_liger(model, model.device)
            norm = model.get_decoder().norm
            assert norm.forward.__func__.__module__.startswith("liger_kernel")
        loss = tree_loss(model, tree)
        loss.backward()
        found.append((loss.item(), model.get_input_embeddings().weight.grad.float()))
    (plain, theirs), (fused, ours) = found
    assert fused == pytest.approx(plain, rel=1e-2)
    assert (ours - theirs).norm() < 0.1 * theirs.norm()
