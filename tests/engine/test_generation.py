"""Generation is transformers' own, independent of its batch, and repeats no work that it can share."""

import numpy as np
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

from engine.decoding import pick
from engine.generation import Decoding, generate, generate_batches, plan_batches

STOP = 7
STOPS = frozenset({STOP})
SIZES = {
    "vocab_size": 96, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": 128,
    "initializer_range": 0.4, "bos_token_id": None, "eos_token_id": STOP, "pad_token_id": 0,
}  # fmt: skip


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(3)
    return LlamaForCausalLM(LlamaConfig(**SIZES)).eval()


def prompts(count, opening=0, seed=1):
    random = np.random.default_rng(seed)
    start = random.integers(8, 96, opening).tolist()
    return [start + random.integers(8, 96, random.integers(1, 20)).tolist() for _ in range(count)]


def ids(groups):
    return [[one.ids for one in group] for group in groups]


def by_transformers(model, prompt, length):
    """Ids as our completions have them: what follows the prompt, up to and with the stop token."""
    made = model.generate(
        torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt)), do_sample=False,
        max_new_tokens=length, eos_token_id=STOP, pad_token_id=0,
    )  # fmt: skip
    return made[0, len(prompt) :].tolist()


@pytest.mark.parametrize("opening", [0, 40])
def test_greedy_equals_transformers_generate(model, opening):
    asked = prompts(24, opening)
    how = Decoding(max_new_tokens=24)
    found = [one for [one] in generate(model, asked, STOPS, how)]
    assert [one.ids for one in found] == [by_transformers(model, one, 24) for one in asked]
    assert {one.ended for one in found} == {"stop", "length"}
    assert all((one.ids[-1] == STOP) == (one.ended == "stop") for one in found)
    assert all(STOP not in one.ids[:-1] for one in found)


def test_a_draw_that_rounds_up_to_one_is_of_a_token_that_has_a_chance():
    tokens, _ = pick(torch.tensor([[2.0, 1.0, -1e4, -1e4]]), torch.ones(1), 1.0)
    assert tokens.tolist() == [1]


def test_any_of_several_stop_tokens_ends_an_answer(model):
    asked, how = prompts(8), Decoding(max_new_tokens=24)
    whole = [one.ids for [one] in generate(model, asked, frozenset(), how)]
    stops = frozenset({whole[0][5], whole[1][3]})
    ends = [next((at for at, one in enumerate(ids) if one in stops), 24) for ids in whole]
    found = [one for [one] in generate(model, asked, stops, how)]
    assert [one.ids for one in found] == [
        ids[: end + 1] for ids, end in zip(whole, ends, strict=True)
    ]
    assert [one.ended for one in found] == ["stop" if end < 24 else "length" for end in ends]


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_completion_does_not_depend_on_its_batch(model, temperature):
    asked = prompts(32, opening=20)
    together = Decoding(max_new_tokens=16, temperature=temperature, tokens_per_batch=100_000)
    alone = Decoding(max_new_tokens=16, temperature=temperature, tokens_per_batch=1)
    assert len(plan_batches(asked, together)) == 1
    assert len(plan_batches(asked, alone)) == 32
    for one, other in zip(
        generate(model, asked, STOPS, together), generate(model, asked, STOPS, alone), strict=True
    ):
        assert one[0].ids == other[0].ids
        assert one[0].logprobs == pytest.approx(other[0].logprobs, abs=1e-4)


def test_a_window_of_attention_counts_no_padding():
    torch.manual_seed(3)
    model = MistralForCausalLM(MistralConfig(**SIZES, sliding_window=12)).eval()
    asked = prompts(12, opening=40)
    found = [one.ids for [one] in generate(model, asked, STOPS, Decoding(max_new_tokens=12))]
    assert found == [by_transformers(model, one, 12) for one in asked]


def test_a_prompt_is_run_once_for_its_whole_group(model):
    asked = prompts(5)
    seen = []
    hook = model.register_forward_pre_hook(
        lambda _, args, named: seen.append(tuple(named["input_ids"].shape)), with_kwargs=True
    )
    generate(model, asked, STOPS, Decoding(max_new_tokens=4, temperature=1.0, samples=8))
    hook.remove()
    assert seen[0] == (5, max(map(len, asked)))
    assert seen[1] == (40, 1) or seen[1][0] < 40


def test_a_common_opening_is_run_once_for_the_batch(model):
    asked = prompts(10, opening=40)
    seen = []
    hook = model.register_forward_pre_hook(
        lambda _, args, named: seen.append(tuple(named["input_ids"].shape)), with_kwargs=True
    )
    generate(model, asked, STOPS, Decoding(max_new_tokens=1))
    hook.remove()
    assert seen == [(1, 40), (10, max(map(len, asked)) - 40)]


def test_each_sample_of_a_group_stops_by_itself_and_leaves_the_batch(model):
    rows = []
    hook = model.register_forward_pre_hook(
        lambda _, args, named: rows.append(len(named["input_ids"])), with_kwargs=True
    )
    [group] = generate(
        model, prompts(1), STOPS, Decoding(max_new_tokens=60, temperature=8.0, samples=16)
    )
    hook.remove()
    lengths = [len(one.ids) for one in group]
    assert len(set(lengths)) > 4
    assert len({tuple(one.ids) for one in group}) == 16
    # Row counts after the prefill: at each step, those whose completion was not over yet.
    assert rows[1:] == [sum(n > step for n in lengths) for step in range(1, max(lengths))]


def test_log_probabilities_are_those_of_a_plain_forward_pass(model):
    [prompt] = prompts(1)
    for temperature in (0.0, 0.7):
        how = Decoding(max_new_tokens=10, temperature=temperature)
        [[found]] = generate(model, [prompt], STOPS, how)
        with torch.no_grad():
            logits = model(torch.tensor([prompt + found.ids])).logits[0, len(prompt) - 1 : -1]
        plain = torch.log_softmax(logits / (temperature or 1.0), -1)
        expected = plain[range(len(found.ids)), found.ids].tolist()
        assert found.logprobs == pytest.approx(expected, abs=1e-4)


def test_samples_follow_the_models_distribution(model):
    [prompt] = prompts(1)
    how = Decoding(max_new_tokens=1, temperature=1.5, samples=4000, tokens_per_batch=1)
    [group] = generate(model, [prompt], STOPS, how)
    with torch.no_grad():
        wanted = torch.softmax(model(torch.tensor([prompt])).logits[0, -1] / 1.5, -1)
    counts = torch.bincount(torch.tensor([one.ids[0] for one in group]), minlength=96)
    error = (counts / 4000 - wanted).abs()
    assert (error <= 4 * (wanted * (1 - wanted) / 4000).sqrt() + 1e-3).all()


def test_the_seed_and_the_key_decide_a_sample(model):
    asked = prompts(4)
    how = Decoding(max_new_tokens=8, temperature=1.0)
    first = ids(generate(model, asked, STOPS, how, keys=[5, 6, 7, 8]))
    assert ids(generate(model, asked[2:], STOPS, how, keys=[7, 8])) == first[2:]
    other = Decoding(max_new_tokens=8, temperature=1.0, seed=18)
    assert ids(generate(model, asked, STOPS, other, keys=[5, 6, 7, 8])) != first


def test_batches_stay_within_the_token_budget():
    asked = prompts(50)
    how = Decoding(max_new_tokens=10, samples=2, tokens_per_batch=200)
    planned = plan_batches(asked, how)
    assert sorted(i for batch in planned for i in batch) == list(range(50))
    for batch in planned:
        assert len(batch) * 2 * (max(len(asked[i]) for i in batch) + 10) <= 200


def test_generation_leaves_the_models_mode_as_it_was(model):
    model.train()
    next(iter(generate_batches(model, prompts(2), STOPS, Decoding(max_new_tokens=2))))
    assert model.training
    model.eval()


def test_an_empty_prompt_is_refused(model):
    with pytest.raises(ValueError, match="empty prompt"):
        generate(model, [[1], []], STOPS, Decoding())


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_sampling_on_a_gpu_is_what_it_is_on_a_processor_where_the_same_bits_are_asked_for():
    logits, uniform = torch.randn(8, 1000), torch.rand(8)
    expected = pick(logits, uniform, 1.0)
    try:
        torch.use_deterministic_algorithms(True)
        found = pick(logits.cuda(), uniform, 1.0)
    finally:
        torch.use_deterministic_algorithms(False)
    assert torch.equal(found[0], expected[0])
    assert torch.allclose(found[1], expected[1], atol=1e-5)
