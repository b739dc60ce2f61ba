"""Attention by runs is attention under the mask that lets each token see its ancestors."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import scaled_dot_product_attention

from engine.attention import attend, lay_out
from engine.runs import blocks_of, pairs, runs_of

HEADS, KEY_HEADS, WIDTH = 4, 2, 8

trees = st.lists(st.integers(0, 3), min_size=1, max_size=40).map(
    # Mostly a token follows the one before it; now and then it hangs on an earlier one, or on none.
    lambda kinds: [at - 1 if kind else at // 2 - 1 for at, kind in enumerate(kinds)]
)


def ancestors_mask(parents):
    seen = torch.eye(len(parents), dtype=torch.bool)
    for node, parent in enumerate(parents):
        if parent >= 0:
            seen[node] |= seen[parent]
    return seen


def states(tokens):
    shapes = (HEADS, KEY_HEADS, KEY_HEADS)
    return [torch.randn(1, heads, tokens, WIDTH, requires_grad=True) for heads in shapes]


def assert_attends_as_the_mask(ours, inputs, parents):
    """Answers and gradients of attention among a tree's tokens."""
    theirs = scaled_dot_product_attention(
        *inputs, attn_mask=ancestors_mask(parents), enable_gqa=True
    ).transpose(1, 2)
    torch.testing.assert_close(ours, theirs)
    weights = torch.randn_like(ours)
    for one, other in zip(
        torch.autograd.grad(ours, inputs, weights),
        torch.autograd.grad(theirs, inputs, weights),
        strict=True,
    ):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)


@settings(max_examples=60, deadline=None)
@given(trees)
def test_answers_and_gradients_are_those_of_the_mask(parents):
    torch.manual_seed(len(parents))
    inputs = states(len(parents))
    ours, _ = attend(None, *inputs, None, runs=lay_out(parents, torch.device("cpu")))
    assert_attends_as_the_mask(ours, inputs, parents)


@given(trees)
def test_every_token_is_in_one_run_that_hangs_on_all_its_ancestors(parents):
    runs = runs_of(parents)
    assert [at for run in runs for at in range(run.start, run.end)] == list(range(len(parents)))
    mask = ancestors_mask(parents)
    for run in runs:
        assert sorted([*run.ancestors, run.start]) == mask[run.start].nonzero().flatten().tolist()


def test_sequences_that_share_nothing_need_no_mask_and_long_ones_do_not_pad_short_ones():
    lengths = [100, 10, 11, 10, 12, 98]
    parents = []
    for length in lengths:
        parents += [-1, *range(len(parents), len(parents) + length - 1)]
    laid = lay_out(parents, torch.device("cpu"))
    assert sorted(tuple(one.queries.shape) for one in laid.blocks) == [(2, 100), (4, 12)]
    assert all(one.mask is None for one in laid.blocks)


def test_long_runs_are_asked_in_pieces_and_find_what_the_mask_lets_them():
    torch.manual_seed(17)
    parents = [
        -1,
        0,
        *range(1, 300),
        1,
        *range(301, 700),
    ]  # 301 tokens; 400 that hang on two of them
    laid = lay_out(parents, torch.device("cpu"))
    assert max(one.queries.shape[1] for one in laid.blocks) < 128
    inputs = states(len(parents))
    ours, _ = attend(None, *inputs, None, runs=laid)
    assert_attends_as_the_mask(ours, inputs, parents)


def test_pieces_compute_little_more_than_half_of_a_long_run():
    parents = [-1, *range(1023), -1]
    computed = sum(pairs(block) for block in blocks_of(parents))
    assert 1024 * 1025 // 2 < computed < 0.65 * 1024 * 1024


def test_one_sequence_is_left_as_it_is():
    assert lay_out([-1, 0, 1, 2], torch.device("cpu")) is None
