"""What rows begin with alike is run once for all of them, and nothing is lost or doubled."""

from hypothesis import given
from hypothesis import strategies as st

from engine.formatting import Example
from engine.stems import split
from tests.engine.test_batching import examples


@given(examples, st.integers(10, 200))
def test_stems_hold_every_example_once_and_fit_the_budget(chosen, budget):
    stems = split(chosen, budget)
    found = {at: (stem.prefix + row, labels) for stem in stems
             for at, row, labels in zip(stem.order, stem.rows, stem.labels, strict=True)}  # fmt: skip
    assert found == {
        at: (one.ids, len(one.ids) - one.prompt_length) for at, one in enumerate(chosen)
    }
    for stem in stems:
        assert all(len(row) > labels for row, labels in zip(stem.rows, stem.labels, strict=True))
        size = len(stem.prefix) + len(stem.rows) * max(map(len, stem.rows))
        assert len(stem.rows) == 1 or size <= budget


def test_rows_of_one_instruction_share_it_and_others_do_not_pad_them():
    instruction = list(range(100, 180))
    alike = [Example([*instruction, at, 1, 2], 81, at, 0) for at in range(8)]
    long = [Example([200 + at] * 400, 390, 50 + at, 0) for at in range(2)]
    stems = split([*alike, *long], 4096)
    together = next(stem for stem in stems if len(stem.rows) == 8)
    assert together.prefix == instruction
    assert {len(stem.rows) for stem in stems if stem is not together} == {2}
