"""The first examples of a run as the model will see them: every token, and which of them are trained.

Two from the beginning of the train split, then one that had to be cut, so that a person sees what
is lost.
"""

from typing import NamedTuple

from authoring.models import Snapshot, Split
from engine.errors import EngineError
from engine.settings import TrainSettings
from training.models import BaseModel, Checkpoint
from training.token_counts import SAMPLE, Counts, fitted, sample_of
from training.token_pieces import Seen, seen
from training.tokenizers import reader_of

FIRST = 2
SHOWN = 600
"""Pieces of each."""


class FirstExamples(NamedTuple):
    seen: list[Seen]
    too_long: list[int]
    """Pairs that are left out, the first ten."""


def first_examples(
    snapshot: Snapshot,
    settings: TrainSettings,
    base: BaseModel | None,
    checkpoint: Checkpoint | None,
    counts: Counts | None,
) -> FirstExamples | None:
    """None where the tokenizer is not on this machine, or can't be read."""
    try:
        reader = reader_of(base, checkpoint, snapshot) if base else None
        if reader is None or counts is None:
            return None
        records = sample_of(snapshot, Split.TRAIN, SAMPLE)
        came = fitted(reader, records, settings)
    except EngineError:
        return None
    pairs = {one.id: one.pair for one in records}
    cut = [one for one in came.examples if one.dropped_turns or one.dropped_sentences]
    chosen = [*came.examples[:FIRST], *[one for one in cut if one not in came.examples[:FIRST]][:1]]
    return FirstExamples(
        [seen(reader.formatter, one, shown=SHOWN, pair=pairs[one.record]) for one in chosen],
        [one.record.pair for one in came.left_out[:10]],
    )
