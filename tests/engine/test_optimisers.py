"""Which optimiser moves which weights, by how much, and what it needs."""

from dataclasses import replace

import pytest
import torch

from engine.errors import SpecError
from engine.families.family import Material
from engine.models import load_for_training
from engine.optimisers import make_optimiser
from engine.records import TaskInfo
from engine.settings import SFTSettings
from tests.engine.runs import COLOURS, TINY

PLAIN = SFTSettings(tuning="full", dtype="float32", device="cpu", learning_rate=0.01)


@pytest.fixture
def loaded(nano, tmp_path):
    return load_for_training(nano, PLAIN, material=Material(), scratch_folder=tmp_path)


def with_gradients(loaded, seed):
    torch.manual_seed(seed)
    for one in loaded.model.parameters():
        one.grad = torch.randn_like(one)


def test_muon_turns_hidden_matrices_by_orthogonal_steps_and_leaves_the_rest_to_adamw(loaded):
    optimiser = make_optimiser(loaded, replace(PLAIN, optimiser="muon"))
    before = {name: one.detach().clone() for name, one in loaded.model.named_parameters()}
    with_gradients(loaded, 1)
    optimiser.step(0.01)
    for name, one in loaded.model.named_parameters():
        moved = one.detach() - before[name]
        if "layers" in name and one.dim() == 2:
            spread = torch.linalg.svdvals(moved / (0.01 * 0.2 * max(one.shape) ** 0.5))
            assert spread.min() > 0.5, name  # Newton–Schulz brings singular values near 1
            assert spread.max() < 1.5, name
        else:
            assert moved.abs().max() == pytest.approx(0.01, rel=1e-3), name  # Adam's first step


@pytest.mark.parametrize("kind", ["adamw", "muon"])
def test_weights_decay_and_norms_and_biases_do_not(loaded, kind):
    optimiser = make_optimiser(loaded, replace(PLAIN, optimiser=kind, weight_decay=0.5))
    before = {name: one.detach().clone() for name, one in loaded.model.named_parameters()}
    for one in loaded.model.parameters():
        one.grad = torch.zeros_like(one)
    optimiser.step(0.01)
    for name, one in loaded.model.named_parameters():
        left = 1.0 if one.dim() == 1 else 1 - 0.01 * 0.5
        assert torch.allclose(one, before[name] * left), name


@pytest.mark.parametrize("kind", ["adamw", "muon"])
def test_what_it_remembers_is_put_back_by_the_weights_names(loaded, kind):
    chosen = replace(PLAIN, optimiser=kind)
    kept = {name: one.detach().clone() for name, one in loaded.model.named_parameters()}

    def two_steps(optimiser):
        with torch.no_grad():
            for name, one in loaded.model.named_parameters():
                one.copy_(kept[name])
        for seed in (2, 3):
            with_gradients(loaded, seed)
            optimiser.step(0.01)
        return {name: one.detach().clone() for name, one in loaded.model.named_parameters()}

    first = make_optimiser(loaded, chosen)
    with_gradients(loaded, 1)
    first.step(0.01)
    tensors, plain = ({k: v.clone() for k, v in first.state()[0].items()}, first.state()[1])
    went_on = two_steps(first)
    second = make_optimiser(loaded, chosen)
    second.restore(tensors, plain)
    again = two_steps(second)
    fresh = two_steps(make_optimiser(loaded, chosen))
    assert all(torch.equal(went_on[name], again[name]) for name in went_on)
    assert not all(torch.equal(went_on[name], fresh[name]) for name in went_on)


def test_moments_in_8_bits_need_cuda(loaded):
    with pytest.raises(SpecError) as refused:
        make_optimiser(loaded, replace(PLAIN, optimiser="adamw_8bit", device="auto"))
    assert "CUDA" in refused.value.fields["optimiser"]


def test_a_base_in_4_bits_needs_cuda(nano, tmp_path):
    chosen = replace(PLAIN, tuning="qlora")
    with pytest.raises(SpecError) as refused:
        load_for_training(nano, chosen, material=Material(), scratch_folder=tmp_path)
    assert "CUDA" in refused.value.fields["tuning"]


def test_the_head_that_picks_a_label_is_no_hidden_matrix(questions, tmp_path):
    tasks = {"classification": TaskInfo(**COLOURS["classification"])}
    classifier = load_for_training(
        TINY["encoder_classifier"],
        PLAIN,
        material=Material(questions, tasks),
        scratch_folder=tmp_path,
    )
    muon, adamw = make_optimiser(classifier, replace(PLAIN, optimiser="muon"))._parts
    names = {one: name for name, one in classifier.model.named_parameters()}
    moved = {names[one] for group in muon.param_groups for one in group["params"]}
    assert "bert.encoder.layer.0.attention.self.query.weight" in moved
    assert "classifier.weight" not in moved
    rest = {names[one] for group in adamw.param_groups for one in group["params"]}
    assert "classifier.weight" in rest
