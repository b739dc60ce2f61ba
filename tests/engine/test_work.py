"""What is counted before a run is what goes through the model."""

from hypothesis import given
from hypothesis import strategies as st

from engine.formatting import Example
from engine.settings import settings_for
from engine.tree import plant
from engine.work import answering, grpo_work, passes_of, sft_work, total
from tests.engine.test_batching import examples


@given(examples, st.integers(10, 200))
def test_trees_are_counted_as_they_are_planted(chosen, budget):
    counted, planted = passes_of(chosen, budget), plant(chosen, budget)
    assert [one.calls for one in counted] == [1] * len(planted)
    assert [one.labels for one in counted] == [len(set(one.predicting)) for one in planted]
    assert [one.tokens for one in counted] == [len(one.ids) for one in planted]


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


def test_rollouts_are_as_long_as_what_people_wrote():
    some = [Example(list(range(30)), 25, n, 0) for n in range(8)]
    asked = {"steps": 6, "prompts_per_step": 2, "group_size": 4, "max_new_tokens": 3}
    work = grpo_work(some, settings_for("grpo", asked))
    assert work.label_tokens == 6 * 2 * 4 * 3
    assert work.answering.row_rounds == 6 * 2 * 4 * 3
    assert work.looked == work.passes


def test_nothing_is_nothing():
    assert total([]).tokens == 0
