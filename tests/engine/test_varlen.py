"""Runs in line are attention under the mask that lets each token see its ancestors; kernels are tried."""

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from torch.nn.functional import scaled_dot_product_attention
from transformers import DeepseekV3Config, LlamaConfig

from engine import varlen
from engine.attention import attend, lay_out
from engine.formatting import Example
from engine.forward import tree_loss
from engine.models import read_weights
from engine.runs import runs_of
from engine.tree import plant
from engine.varlen import KERNELS, Shape, flash_attn, kernel_for, line_up, one_by_one, trusted
from tests.engine.test_attention import (
    HEADS,
    KEY_HEADS,
    WIDTH,
    assert_attends_as_the_mask,
    states,
    trees,
)

CPU = torch.device("cpu")
SHAPE = Shape(HEADS, KEY_HEADS, WIDTH, torch.float32)


@settings(max_examples=40, deadline=None)
@given(trees)
def test_answers_and_gradients_are_those_of_the_mask(parents):
    torch.manual_seed(len(parents))
    inputs = states(len(parents))
    laid = lay_out(parents, CPU, (one_by_one, torch.float32))
    ours, _ = attend(None, *inputs, None, runs=laid)
    assert_attends_as_the_mask(ours, inputs, parents)


def test_each_run_stands_behind_the_keys_of_its_ancestors():
    line = line_up(runs_of([-1, 0, 1, 1, 3, -1]), CPU)
    assert line.query_ends.tolist() == [0, 3, 5, 6]
    assert line.key_ends.tolist() == [0, 3, 7, 8]
    assert line.keys.tolist() == [0, 1, 2, 0, 1, 3, 4, 5]
    assert (line.longest, line.most) == (3, 4)
    assert line.query_ends.dtype == line.key_ends.dtype == torch.int32


def test_sequences_that_share_nothing_need_no_keys_of_their_own():
    line = line_up(runs_of([-1, 0, -1, 2, 3]), CPU)
    assert line.keys is None
    assert line.query_ends.tolist() == line.key_ends.tolist() == [0, 2, 5]


def aligned_at_the_start(query, key, value, line, scale):
    """What kernels did whose causal mask begins at the first key."""
    found = []
    for at in range(len(line.query_ends) - 1):
        mine = slice(line.query_ends[at], line.query_ends[at + 1])
        theirs = slice(line.key_ends[at], line.key_ends[at + 1])
        parts = (one.transpose(0, 1) for one in (query[mine], key[theirs], value[theirs]))
        found.append(scaled_dot_product_attention(*parts, is_causal=True, enable_gqa=True))
    return torch.cat([one.transpose(0, 1) for one in found])


def missing(*_):
    raise ImportError("flash_attn")


def detached(*inputs):
    """Right forwards, and backwards half of it."""
    answer = one_by_one(*inputs)
    return answer / 2 + answer.detach() / 2


def test_a_kernel_is_used_once_it_agrees_with_plain_attention():
    for wrong in (aligned_at_the_start, missing, detached):
        assert trusted(SHAPE, CPU, (wrong,)) is None, wrong.__name__
    assert trusted(SHAPE, CPU, (missing, aligned_at_the_start, one_by_one)) is one_by_one


def test_memory_that_ran_out_in_a_trial_is_not_held_against_the_kernel():
    given = iter([torch.OutOfMemoryError("12 GB were asked for")])

    def short_of_memory_once(*inputs):
        for error in given:
            raise error
        return one_by_one(*inputs)

    with pytest.raises(torch.OutOfMemoryError):
        trusted(SHAPE, CPU, (short_of_memory_once,))
    assert trusted(SHAPE, CPU, (short_of_memory_once,)) is short_of_memory_once


def test_a_trial_leaves_the_random_generator_alone():
    before = torch.get_rng_state()
    trusted.__wrapped__(SHAPE, CPU, (one_by_one,))
    assert torch.equal(before, torch.get_rng_state())


def test_without_cuda_there_is_none(nano_folder):
    assert kernel_for(read_weights(nano_folder, torch.bfloat16)) is None


@pytest.mark.parametrize(("config", "served"), [(LlamaConfig(), True), (DeepseekV3Config(), False)])
def test_heads_of_several_widths_are_left_to_blocks(config, served, monkeypatch):
    monkeypatch.setattr(varlen, "trusted", lambda *_: one_by_one)
    model = SimpleNamespace(
        config=config, device=torch.device("cuda"), dtype=torch.bfloat16, training=True
    )
    assert (kernel_for(model) is not None) == served


def test_dropout_is_refused_rather_than_forgotten():
    laid = lay_out([-1, 0, -1], CPU, (one_by_one, torch.float32))
    with pytest.raises(ValueError, match="dropout"):
        attend(None, *states(3), None, runs=laid, dropout=0.1)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.parametrize("kernel", KERNELS, ids=lambda one: one.__name__)
@pytest.mark.parametrize(("heads", "key_heads", "width"), [(4, 4, 64), (9, 3, 64), (16, 8, 128)])
def test_kernels_agree_on_gpus(kernel, heads, key_heads, width):
    if kernel is flash_attn:
        pytest.importorskip("flash_attn")
    shape = Shape(heads, key_heads, width, torch.bfloat16)
    assert trusted(shape, torch.device("cuda"), (kernel,)) is kernel


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
@pytest.mark.smollm
def test_a_tree_has_the_loss_and_gradients_that_it_has_by_blocks(smollm2, monkeypatch):
    model = read_weights(smollm2, torch.bfloat16).cuda()
    assert kernel_for(model) is not None
    shared = list(range(1, 60))
    examples = [Example([*shared, *range(at, at + 9)], 62, 0, 0) for at in (100, 200, 300)]
    [tree] = plant(examples, 1000)
    in_line = tree_loss(model, tree)
    in_line.backward()
    ours = model.get_input_embeddings().weight.grad.float().clone()
    model.zero_grad()
    monkeypatch.setattr("engine.forward.kernel_for", lambda _: None)
    by_blocks = tree_loss(model, tree)
    by_blocks.backward()
    theirs = model.get_input_embeddings().weight.grad.float()
    assert in_line.item() == pytest.approx(by_blocks.item(), rel=2e-2)
    assert (ours - theirs).norm() < 0.1 * theirs.norm()
