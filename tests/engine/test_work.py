"""What is counted before a run is what goes through the model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.formatting import Example
from engine.settings import settings_for
from engine.tree import plant
from engine.work import SPLITS, answering, grpo_work, passes_of, reads_of, sft_work, total
from tests.engine.test_batching import examples


@given(examples, st.integers(10, 200))
def test_trees_are_counted_as_they_are_planted(chosen, budget):
    counted, planted = passes_of(chosen, budget), plant(chosen, budget)
    assert [one.calls for one in counted] == [1] * len(planted)
    assert [one.labels for one in counted] == [len(set(one.predicting)) for one in planted]
    assert [one.tokens for one in counted] == [len(one.ids) for one in planted]


@pytest.mark.parametrize("reads", ["rows", "lstm", "encoder_decoder", "encoder_classifier"])
@given(chosen=examples, budget=st.integers(10, 200))
def test_every_way_to_read_counts_what_it_sends(reads, chosen, budget):
    """Calls and tokens to the last, padding included; labels as often as the loss has them."""
    counted = passes_of(chosen, budget, reads)
    micros = SPLITS[reads](chosen, budget)
    assert [one.labels for one in counted] == [one.label_tokens for one in micros]
    assert sum(len(one.order) for one in micros) == len(chosen)
    real = sum(len(one.ids) for one in chosen)
    prefixes = sum(len(one.prefix) * (len(one.rows) - 1) for one in micros if reads == "lstm")
    if reads in ("rows", "lstm"):  # the last token of each isn't run
        assert total(counted).tokens >= real - len(chosen) - prefixes
    elif reads == "encoder_classifier":
        assert total(counted).tokens >= sum(one.prompt_length for one in chosen)
    else:
        prompts = {tuple(one.ids[: one.prompt_length]) for one in chosen}
        assert total(counted).tokens >= max(map(len, prompts)) + sum(one.labels for one in counted)


def test_what_is_computed_twice_is_not_shared():
    on, off = (settings_for("sft", {"gradient_checkpointing": one}) for one in ("on", "off"))
    assert (reads_of("decoder", on), reads_of("decoder", off)) == ("rows", "decoder")
    assert reads_of("lstm", on) == "lstm"


def test_a_long_run_is_counted_by_its_tokens_not_by_its_short_last_step():
    some = [Example(list(range(n, n + 20 + n % 7)), 15, n, 0) for n in range(100)]
    settings = settings_for("sft", {"epochs": 13, "batch_size": 8, "tokens_per_batch": 4096})
    work = sft_work(some, settings)
    assert work.steps == 163
    assert work.tokens == 13 * sum(len(one.ids) for one in some)
    assert work.passes.labels == work.label_tokens or abs(work.passes.labels / work.label_tokens - 1) < 0.02  # fmt: skip


def test_answers_take_as_many_rounds_as_the_longest_of_their_batch():
    prompts = [[1] * 40 + [n] for n in range(10)]
    said = answering(prompts, [3] * 9 + [7], 16)
    assert (said.rows, said.rounds, said.row_rounds) == (10, 7, 34)
    assert said.prefill.tokens == 40 + 10
    assert said.held == 10 * (41 + 7)
    assert answering(prompts, [3] * 10, 16, reads="encoder_decoder").prefill.tokens == 410


def test_rollouts_are_as_long_as_what_people_wrote():
    some = [Example(list(range(30)), 25, n, 0) for n in range(8)]
    asked = {"steps": 6, "prompts_per_step": 2, "group_size": 4, "max_new_tokens": 3}
    work = grpo_work(some, settings_for("grpo", asked))
    assert work.label_tokens == 6 * 2 * 4 * 3
    assert work.answering.row_rounds == 6 * 2 * 4 * 3
    assert work.passes.tokens == 6 * (
        25 + 2 * 4 * 2
    )  # one prompt, and of each answer all but the last
    assert work.looked == work.passes


def test_nothing_is_nothing():
    assert total([]).tokens == 0
