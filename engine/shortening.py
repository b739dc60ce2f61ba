"""A pair made shorter: by its oldest turns first, then by whole sentences of its input. Light: no torch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from engine.records import Record
from engine.sentences import sentences

LEFT_OUT = "[…] "
"""Stands where sentences of an input were left out."""


class Shorter(NamedTuple):
    """A record, and how much of it is gone."""

    record: Record
    dropped_turns: int = 0
    dropped_sentences: int = 0


def without_oldest_turns(record: Record) -> list[Shorter]:
    """The record with 0, 1, 2 … oldest turns dropped; each begins with a user turn."""
    starts = [0, *(at for at, turn in enumerate(record.turns) if at and turn["role"] == "user")]
    return [Shorter(replace(record, turns=record.turns[at:]), at) for at in starts]


def with_most_sentences(shorter: Shorter, fits: Callable[[Record], bool]) -> Shorter | None:
    """With the most sentences of the input that fit, one at least: an answer to nothing teaches to make
    things up. None where not even that fits."""
    parts = sentences(shorter.record.input)
    best, low, high = None, 1, len(parts) - 1
    while low <= high:  # how many are kept; the more, the longer
        keep = (low + high) // 2
        tried = replace(shorter.record, input=_without_middle(parts, keep))
        if fits(tried):
            best, low = Shorter(tried, shorter.dropped_turns, len(parts) - keep), keep + 1
        else:
            high = keep - 1
    return best


def _without_middle(parts: list[str], keep: int) -> str:
    """The first and last of some sentences, `keep` in all, with a mark where the others stood."""
    first = -(-keep // 2)
    head, tail = parts[:first], parts[len(parts) - (keep - first) :]
    return "".join([*head, LEFT_OUT, *tail])
