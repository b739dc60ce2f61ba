"""Which records become examples, and how long one may be. Light: no torch.

Training and the plan beside the launch form both count by this, so they can't disagree.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.errors import DataError
from engine.formatting import Example, Formatter
from engine.records import Record
from engine.words import Words

WHOLE = 0.99
"""Share of the examples that an automatic maximum holds whole."""
ROUND_TO = 64
UNLIMITED = 1 << 30


class LeftOut(NamedTuple):
    """A record that can't be trained on."""

    row: int
    """Counted from 1."""
    record: Record
    why: Words


class Fitted(NamedTuple):
    """A split as training sees it."""

    examples: list[Example]
    left_out: list[LeftOut]
    max_length: int
    """What was asked for or, for 0, what the data needs."""

    @property
    def shortened(self) -> int:
        """Examples that lost turns or sentences."""
        return sum(bool(one.dropped_turns or one.dropped_sentences) for one in self.examples)


def fit(
    formatter: Formatter,
    records: Sequence[Record],
    max_length: int,
    *,
    shorten_input: bool = False,
    context: int | None = None,
) -> Fitted:
    """Records as examples of at most `max_length` tokens; 0 takes the length from the data.

    `context` is how many positions the model has, where it is known.
    """
    whole = [formatter.example(record, UNLIMITED) for record in records]
    if not max_length:
        max_length = length_of_data(formatter, records, whole)
    if context is not None:
        max_length = min(max_length, formatter.longest(context))
    examples, left_out = [], []
    for row, (record, example) in enumerate(zip(records, whole, strict=True), start=1):
        try:
            if not formatter.fits(example, max_length, context):
                example = formatter.example(
                    record, max_length, shorten_input=shorten_input, context=context
                )
            examples.append(example)
        except DataError as error:
            left_out.append(LeftOut(row, record, error.message))
    return Fitted(examples, left_out, max_length)


def length_of_data(
    formatter: Formatter, records: Sequence[Record], whole: Sequence[Example]
) -> int:
    """The shortest maximum, a multiple of 64, that holds 99 in 100 examples whole and leaves none
    out: long conversations may lose their oldest turns, answers lose nothing.
    """
    lengths = sorted(len(one.ids) for one in whole)
    enough = lengths[min(len(lengths) - 1, int(len(lengths) * WHOLE))] if lengths else ROUND_TO
    for record, example in zip(records, whole, strict=True):
        if len(example.ids) > enough:
            enough = max(enough, formatter.shortest(record))
    return -(-enough // ROUND_TO) * ROUND_TO
