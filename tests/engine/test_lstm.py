"""The LSTM's memory is exact: cached, padded or shared, it computes what it computes row by row."""

import pytest
import torch
from transformers import AutoModelForCausalLM

from engine.decoding import Decoding
from engine.families.family import Material
from engine.families.lstm import FAMILY
from engine.families.lstm_model import Memory
from engine.stems import split
from tests.engine.runs import TINY


@pytest.fixture(scope="module")
def lstm(questions, tmp_path_factory):
    """A model of two layers with random weights, and its formatter."""
    folder = tmp_path_factory.mktemp("lstm")
    torch.manual_seed(5)
    shape = TINY["lstm"].overrides | {"depth": 2}
    model = FAMILY.new(shape, folder, Material(questions, {})).eval()
    model.save_pretrained(folder)
    return model, FAMILY.formatter(folder, model), folder


def row(model, length, seed=1):
    ids = torch.Generator().manual_seed(seed)
    return torch.randint(3, model.config.vocab_size, (1, length), generator=ids)


def test_token_by_token_it_says_what_it_says_of_the_whole_row(lstm):
    model, ids = lstm[0], row(lstm[0], 9)
    whole = model(input_ids=ids).logits
    memory = Memory()
    steps = [model(input_ids=ids[:, at : at + 1], past_key_values=memory).logits for at in range(9)]
    assert memory.get_seq_length() == 9
    assert torch.allclose(torch.cat(steps, dim=1), whole, atol=1e-6)


@pytest.mark.parametrize("side", ["left", "right", "both"])
def test_padding_changes_nothing(lstm, side):
    model, ids = lstm[0], row(lstm[0], 7)
    before, behind = {"left": (5, 0), "right": (0, 5), "both": (2, 3)}[side]
    mask = torch.tensor([[0] * before + [1] * 7 + [0] * behind, [1] * 12])
    beside = row(model, 12, seed=2)
    padded = torch.cat([torch.full((1, before), 9), ids, torch.full((1, behind), 9)], dim=1)
    memory = Memory()
    out = model(input_ids=torch.cat([padded, beside]), attention_mask=mask, past_key_values=memory)
    assert torch.allclose(out.logits[0, before : before + 7], model(ids).logits[0], atol=1e-6)
    assert torch.allclose(out.logits[1], model(beside).logits[0], atol=1e-6)
    alone = Memory()
    model(input_ids=ids, past_key_values=alone)
    assert torch.allclose(memory.state[1][:, :1], alone.state[1], atol=1e-6)


def test_a_row_of_padding_alone_keeps_its_memory(lstm):
    model = lstm[0]
    memory = Memory()
    model(input_ids=torch.cat([row(model, 4), row(model, 4, 2)]), past_key_values=memory)
    before = memory.state[0].clone()
    mask = torch.tensor([[0, 0], [1, 1]])
    model(input_ids=row(model, 2).repeat(2, 1), attention_mask=mask, past_key_values=memory)
    assert torch.equal(memory.state[0][:, 0], before[:, 0])
    assert not torch.equal(memory.state[0][:, 1], before[:, 1])


def test_greedy_answers_equal_those_of_transformers_generate_and_of_no_cache(lstm, questions):
    model, formatter, folder = lstm
    prompts = [formatter.prompt(one).ids for one in questions[:8]]
    how = Decoding(max_new_tokens=12)
    [batch] = FAMILY.answers(model, formatter, prompts, how, None)
    opened = AutoModelForCausalLM.from_pretrained(folder)
    for index, [completion] in zip(batch.indices, batch.completions, strict=True):
        ids = torch.tensor([prompts[index]])
        theirs = opened.generate(ids, max_new_tokens=12, do_sample=False)
        assert completion.ids == theirs[0, len(prompts[index]) :].tolist()
        for one in completion.ids:
            assert model(input_ids=ids).logits[0, -1].argmax() == one
            ids = torch.cat([ids, torch.tensor([[one]])], dim=1)


@pytest.mark.parametrize("budget", [10_000, 80, 1], ids=["at once", "split", "each alone"])
def test_loss_and_gradients_are_those_of_transformers_row_by_row(lstm, questions, budget):
    model, formatter, _ = lstm
    examples = [formatter.example(one, 500) for one in questions[:9]]
    labels = sum(len(one.ids) - one.prompt_length for one in examples)
    model.zero_grad()
    theirs = 0.0
    for one in examples:
        ids = torch.tensor([one.ids])
        target = ids.clone()
        target[0, : one.prompt_length] = -100
        loss = (
            model(input_ids=ids, labels=target).loss * (len(one.ids) - one.prompt_length) / labels
        )
        loss.backward()
        theirs += loss.item()
    expected = {name: weight.grad.clone() for name, weight in model.named_parameters()}
    model.zero_grad()
    ours = 0.0
    micros = split(examples, budget)
    assert any(one.prefix for one in micros) == (budget > 1)
    for micro in micros:
        logits, targets = FAMILY.label_logits(model, micro)
        loss = torch.nn.functional.cross_entropy(logits, targets, reduction="sum") / labels
        loss.backward()
        ours += loss.item()
    assert ours == pytest.approx(theirs, rel=1e-5)
    for name, weight in model.named_parameters():
        assert (weight.grad - expected[name]).norm() / expected[name].norm() < 1e-5, name


def test_in_bfloat16_it_still_runs_where_the_processor_has_none(lstm):
    model, _, folder = lstm
    mask = torch.tensor([[0, 0, 1, 1]])
    with torch.autocast("cpu", torch.bfloat16):
        assert model(row(model, 4), attention_mask=mask).logits.isfinite().all()
    half = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    assert half(row(model, 4), attention_mask=mask).logits.dtype == torch.bfloat16
