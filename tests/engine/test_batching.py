"""Steps hold what they should, and splitting them changes only what it costs."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from engine.batching import Sampler, split
from engine.formatting import Example
from engine.windows import CALL


@given(st.integers(1, 40), st.integers(1, 12), st.sampled_from([0.3, 1.0, 2.5, 4.0]))
def test_every_example_is_seen_as_often_as_the_epochs_say(count, batch_size, epochs):
    sampler = Sampler(count, batch_size, epochs, seed=3)
    seen = [one for step in range(sampler.steps) for one in sampler.step(step)]
    assert len(seen) == max(1, round(count * epochs))
    for start in range(0, len(seen) - count + 1, count):
        assert sorted(seen[start : start + count]) == list(range(count))


def test_a_step_depends_on_seed_and_number_alone():
    fresh, used = Sampler(50, 8, 3, seed=1), Sampler(50, 8, 3, seed=1)
    for step in range(15):
        used.step(step)
    assert fresh.step(15) == used.step(15)
    assert fresh.step(15) != Sampler(50, 8, 3, seed=2).step(15)
    assert fresh.step(0) != sorted(fresh.step(0))


@given(st.integers(2, 40), st.integers(1, 12), st.integers(1, 60), st.sampled_from([1.0, 2.5]))
def test_some_rows_are_seen_as_often_as_the_epochs_say_and_more_rows_hold_fewer(
    count, batch_size, rows, epochs
):
    def seen(rows):
        sampler = Sampler(count, batch_size, epochs, 3, rows)
        return Counter(one for step in range(sampler.steps) for one in sampler.step(step))

    few, more = seen(rows), seen(rows + 1)
    assert few.total() == max(1, round(min(rows, count) * epochs))
    assert len(few) == min(rows, count)
    assert set(few) <= set(more)
    assert max(few.values()) - min(few.values()) <= 1


examples = st.lists(
    st.builds(
        lambda shared, own, answer: Example([7] * shared + own + answer, shared + len(own), 1, 0),
        st.integers(0, 30),
        st.lists(st.integers(8, 11), min_size=1, max_size=8),
        st.lists(st.integers(0, 5), min_size=1, max_size=9),
    ),
    min_size=1,
    max_size=20,
)


@given(examples, st.integers(10, 200))
def test_micro_batches_hold_every_example_once_and_fit_the_budget(chosen, budget):
    micros = split(chosen, budget)
    found = {at: (row, labels) for micro in micros
             for at, row, labels in zip(micro.order, micro.rows, micro.labels, strict=True)}  # fmt: skip
    assert found == {
        at: (one.ids, len(one.ids) - one.prompt_length) for at, one in enumerate(chosen)
    }
    for micro in micros:
        assert len(micro.rows) == 1 or len(micro.rows) * max(map(len, micro.rows)) <= budget


def test_lengths_that_differ_much_are_run_apart():
    short = [Example([1, 2, 3, 4], 2, at, 0) for at in range(4)]
    long = [Example([5 + at] * (10 * CALL), 9, at, 0) for at in range(4)]
    micros = split([*short, *long], 10_000)
    assert sorted(len(micro.rows) for micro in micros) == [4, 4]


def test_an_example_longer_than_the_budget_goes_alone():
    long = Example(list(range(300)), 200, 1, 0)
    short = Example([1, 2, 3], 2, 2, 0)
    assert [len(one.rows) for one in split([long, short], 100)] == [1, 1]
