"""Which examples make a step, and how a step goes through the model. Light: no torch.

A step's examples are a pure function of the seed and the step, so the sampler's position is the
step itself and resuming needs nothing else. Splitting a step changes nothing but the speed: the
loss is normalised over the labels of the whole step. So micro-batches are chosen for cost alone:
rows that begin alike stand together (what they share is run once), rows of like length stand
together (little padding), and none holds more than `tokens_per_batch` tokens.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from engine.formatting import Example

CALL = 48
"""What one more pass through the model costs beside its tokens, counted in tokens: small
matrices use a processor less well."""


class Micro(NamedTuple):
    """Rows that go through the model together: what they all begin with, and how each goes on."""

    prefix: list[int]
    """Ids that every row begins with; may be empty. Run once."""
    rows: list[list[int]]
    """The rest of each row, its stop token included; at least one prompt token is here."""
    labels: list[int]
    """How many ids at the end of each row are labels."""
    order: list[int]
    """Which of the examples given to `split` each row is."""

    @property
    def label_tokens(self) -> int:
        return sum(self.labels)

    @property
    def tokens(self) -> int:
        """Tokens of the examples, as if each were run whole; no padding."""
        return sum(len(self.prefix) + len(row) for row in self.rows)


class Sampler:
    """Endless seeded epochs over `count` examples, in steps of `batch_size`.

    The last step of the run is smaller when `epochs * count` is no multiple of the batch size.
    """

    def __init__(self, count: int, batch_size: int, epochs: float, seed: int) -> None:
        self.count = count
        self.batch_size = batch_size
        self.seed = seed
        self.total = max(1, round(count * epochs))
        self.steps = -(-self.total // batch_size)
        self.steps_per_epoch = -(-count // batch_size)
        self._epoch: tuple[int, list[int]] = (-1, [])

    def step(self, step: int) -> list[int]:
        """Indices of the examples of a step, counted from 0."""
        start = step * self.batch_size
        return [self._at(one) for one in range(start, min(start + self.batch_size, self.total))]

    def epoch_after(self, step: int) -> float:
        """Passes over the data when `step` steps are done."""
        return min(step * self.batch_size, self.total) / self.count

    def _at(self, position: int) -> int:
        epoch, place = divmod(position, self.count)
        if self._epoch[0] != epoch:
            order = list(range(self.count))
            random.Random(f"{self.seed}:{epoch}").shuffle(order)
            self._epoch = (epoch, order)
        return self._epoch[1][place]


def split(examples: Sequence[Example], tokens_per_batch: int, *, share: bool = True) -> list[Micro]:
    """Micro-batches of a step with the fewest tokens to compute, padding and shared prefixes counted.

    Of two orders, by length and by beginning, the one that can be cut more cheaply is taken; the
    cuts are the best there are (dynamic programming, O(n * rows that fit)). `share` off leaves
    prefixes empty, for models whose cache can't be branched.
    """
    places = range(len(examples))
    orders = [sorted(places, key=lambda at: (len(examples[at].ids), examples[at].ids))]
    if share:
        orders.append(sorted(places, key=lambda at: examples[at].ids))
    cuts = [_cut([examples[at] for at in one], tokens_per_batch, share) for one in orders]
    (_, groups), order = min(zip(cuts, orders, strict=True), key=lambda one: one[0][0])
    rest = iter(order)
    return [_micro(group, list(islice(rest, len(group))), share) for group in groups]


def _cut(order: Sequence[Example], budget: int, share: bool) -> tuple[int, list[Sequence[Example]]]:
    """The cheapest cut of an order into runs that fit the budget: its cost, and the runs."""
    best = [0] + [-1] * len(order)
    begin = [0] * (len(order) + 1)
    for end in range(1, len(order) + 1):
        shared, longest = len(order[end - 1].ids), 0
        for start in range(end - 1, -1, -1):
            shared = min(shared, _shared(order[start], order[end - 1], shared) if share else 0)
            longest = max(longest, len(order[start].ids))
            rows = end - start
            size = shared + rows * (longest - shared)
            if rows > 1 and size > budget:
                break
            cost = best[start] + size + CALL * (2 if shared and rows > 1 else 1)
            if best[end] < 0 or cost < best[end]:
                best[end], begin[end] = cost, start
    groups: list[Sequence[Example]] = []
    end = len(order)
    while end:
        groups.append(order[begin[end] : end])
        end = begin[end]
    return best[-1], groups[::-1]


def _shared(one: Example, other: Example, at_most: int) -> int:
    """Length of the beginning that two examples share, leaving each the last prompt token:
    what predicts the first label has to be each row's own."""
    limit = min(at_most, one.prompt_length - 1, other.prompt_length - 1)
    pairs = enumerate(zip(one.ids[:limit], other.ids[:limit], strict=True))
    return next((at for at, (left, right) in pairs if left != right), limit)


def _micro(group: Sequence[Example], order: list[int], share: bool) -> Micro:
    shared = 0
    if share and len(group) > 1:
        shared = min(one.prompt_length - 1 for one in group)
        for one in group[1:]:
            shared = _shared(group[0], one, shared)
    return Micro(
        prefix=list(group[0].ids[:shared]),
        rows=[list(one.ids[shared:]) for one in group],
        labels=[len(one.ids) - one.prompt_length for one in group],
        order=order,
    )
