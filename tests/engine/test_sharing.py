"""Whether sequences may share what they begin with is tried before a run, and as the run will be."""

import pytest
import torch

from engine.families.family import Material
from engine.models import load_for_training
from engine.settings import SFTSettings


@pytest.fixture
def load(nano, tmp_path):
    def load(dtype):
        chosen = SFTSettings(tuning="full", dtype=dtype, device="cpu")
        return load_for_training(nano, chosen, material=Material(), scratch_folder=tmp_path)

    return load


@pytest.mark.parametrize(("dtype", "tried"), [("float32", {False}), ("bfloat16", {False, True})])
def test_it_is_tried_in_the_weights_own_format_and_under_autocast(load, dtype, tried):
    loaded, seen = load(dtype), set()
    loaded.model.get_decoder().register_forward_pre_hook(
        lambda *_: seen.add(torch.is_autocast_enabled("cpu"))
    )
    assert loaded.shares
    assert seen == tried


def test_a_model_that_can_not_do_it_as_steps_are_run_runs_every_sequence_alone(load):
    """As where a GPU's kernel, which only half precision is given, doesn't suit a model's attention."""
    loaded = load("bfloat16")

    def refuse(*_):
        if torch.is_autocast_enabled("cpu"):
            raise RuntimeError("no kernel for this")

    loaded.model.get_decoder().register_forward_pre_hook(refuse)
    assert not loaded.shares
