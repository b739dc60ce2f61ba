"""A tree of sequences gives each the logits that it would get alone, and holds what they share once."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

from engine.formatting import Example
from engine.forward import can_branch, tree_logits
from engine.tree import plant

SIZES = {
    "vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.3,
}  # fmt: skip
MADE = [([5, 6, 7], [8, 2]), ([5, 6, 7], [8, 9, 2]), ([5, 6, 7], [8, 2]), ([5, 6], [7, 8, 3]), ([9], [2])]  # fmt: skip

few = st.lists(st.integers(3, 5), min_size=1, max_size=4)
pairs = st.lists(st.tuples(few, few), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(1)
    return LlamaForCausalLM(LlamaConfig(**SIZES)).eval()


def examples_of(pairs):
    return [Example(prompt + answer, len(prompt), 1, 0) for prompt, answer in pairs]


def alone(model, example):
    """[labels, vocabulary] by a plain forward pass."""
    logits = model(torch.tensor([example.ids])).logits[0]
    return logits[example.prompt_length - 1 : -1]


@pytest.mark.parametrize("budget", [4, 9, 1000])
def test_every_label_has_the_logits_of_its_sequence_alone(model, budget):
    examples = examples_of(MADE)
    seen = []
    with torch.no_grad():
        for tree in plant(examples, budget):
            logits, row = tree_logits(model, tree)
            expected = torch.cat([alone(model, examples[at]) for at in tree.order])
            assert torch.allclose(logits[row], expected, atol=1e-5)
            assert tree.targets == [one for at in tree.order for one in MADE[at][1]]
            seen += tree.order
    assert sorted(seen) == list(range(len(MADE)))


def test_gradients_are_those_of_the_sequences_alone(model):
    def gradient(loss):
        model.zero_grad()
        loss.backward()
        return torch.cat([one.grad.flatten() for one in model.parameters()])

    examples = examples_of(MADE)
    [tree] = plant(examples, 1000)
    logits, row = tree_logits(model, tree)
    shared = gradient(logits[row].logsumexp(-1).sum())
    apart = gradient(sum(alone(model, one).logsumexp(-1).sum() for one in examples))
    assert (shared - apart).norm() < 1e-5 * apart.norm()


def test_what_is_shared_is_there_once():
    [tree] = plant(examples_of(MADE), 1000)
    assert len(tree.ids) == 6  # 5 6 7 8 9, and 9: last tokens predict nothing
    assert len(set(tree.predicting)) < len(tree.predicting)


@settings(max_examples=60, deadline=None)
@given(pairs, st.integers(1, 12))
def test_trees_stay_within_the_budget_and_lose_nothing(pairs, budget):
    examples = examples_of(pairs)
    trees = plant(examples, budget)
    assert sorted(at for tree in trees for at in tree.order) == list(range(len(examples)))
    for tree in trees:
        longest = max(len(examples[at].ids) for at in tree.order)
        assert len(tree.ids) <= max(budget, longest)
        ends = iter(tree.predicting)
        for at, labels in zip(tree.order, tree.labels, strict=True):
            for _ in range(labels):
                end = next(ends)
            assert walk(tree, end) == examples[at].ids[:-1]


def walk(tree, node):
    path = []
    while node >= 0:
        path.append(tree.ids[node])
        node = tree.parents[node]
    return path[::-1]


def test_a_model_with_windows_runs_every_sequence_alone():
    torch.manual_seed(1)
    windowed = MistralForCausalLM(MistralConfig(**SIZES, sliding_window=2)).eval()
    assert not can_branch(windowed)
    examples = examples_of(MADE)
    trees = plant(examples, 1000, share=can_branch(windowed))
    assert len(trees) == len(MADE)
    with torch.no_grad():
        for tree in trees:
            logits, row = tree_logits(windowed, tree)
            assert torch.allclose(logits[row], alone(windowed, examples[tree.order[0]]), atol=1e-5)
