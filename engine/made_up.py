"""Texts to measure a model with: what a word says costs nothing, how many there are does."""

from __future__ import annotations

import random
from typing import NamedTuple

from engine.fitting import UNLIMITED
from engine.formatting import Example
from engine.models import Loaded
from engine.records import Record

TASK = "calibration"
LABELS = ["yes", "no"]


class Shape(NamedTuple):
    """Rows of made-up words."""

    rows: int
    own: int
    answer: int
    shared: int = 0


SHAPES = (
    Shape(1, 12, 1),
    Shape(8, 12, 1),
    Shape(1, 160, 2),
    Shape(4, 20, 40),
    Shape(8, 8, 1, shared=40),
    Shape(4, 120, 20),
)
"""The first few, all that a slow machine looks at, tell what a token takes from what a label takes."""


def made_up() -> list[Record]:
    """Texts of many different words, so that a tokenizer learnt from them is as large as asked."""
    draw = random.Random(7)
    syllables = [a + b for a in "bcdfghklmnprstvwz" for b in ("a", "e", "i", "o", "u", "ai", "on")]
    words = ["".join(draw.choices(syllables, k=draw.choice((1, 2, 2, 3)))) for _ in range(6000)]
    return [
        _record(n, " ".join(words[n * 60 : n * 60 + 60]), "yes no "[: 3 + n % 2])
        for n in range(100)
    ]


def examples_in(loaded: Loaded, shape: Shape, to_come: int = 0) -> list[Example]:
    """A batch of that shape, in words; how many tokens a word is, is the tokenizer's matter.

    With fewer words where a model has not so many positions, `to_come` of them left for what it shall
    say. Raises DataError where not even one word fits.
    """
    room = None if loaded.context is None else loaded.context - to_come
    while True:
        records = _records(loaded, shape)
        found = [loaded.formatter.example(one, UNLIMITED) for one in records]
        if all(loaded.formatter.fits(one, UNLIMITED, room) for one in found):
            return found
        if max(shape.own, shape.answer, shape.shared) == 1:
            return [loaded.formatter.example(one, UNLIMITED, context=room) for one in records]
        shape = Shape(shape.rows, *(-(-words // 2) for words in shape[1:]))


def _records(loaded: Loaded, shape: Shape) -> list[Record]:
    draw = random.Random(str(shape))
    head = " ".join(
        draw.choice(["red", "blue", "green", "grey", "pink"]) for _ in range(shape.shared)
    )
    found = []
    for row in range(shape.rows):
        own = " ".join(
            draw.choice(["one", "two", "three", "four", "five"]) for _ in range(shape.own)
        )
        answer = " ".join(["yes"] * shape.answer) if shape.answer > 1 else LABELS[row % 2]
        if loaded.family.lora_task == "SEQ_CLS":
            answer = LABELS[row % 2]
        found.append(_record(row, f"{head} {row} {own}", answer))
    return found


def _record(number: int, text: str, answer: str) -> Record:
    turns = [{"role": "user", "content": text}]
    return Record(id=number, pair=number, task=TASK, turns=turns, response=answer)
