"""How much a run has to compute, counted before it runs. Light: no torch.

    records ─ fit ─▸ examples ─ Sampler ─▸ steps ─ split ─▸ passes       what training does
    prompts ─ plan_batches ─▸ batches                                      what answering does

Examples, steps and tokens are those that the engine will report, because the same functions make
them. Passes are counted over at most `STEPS` steps of a run, evenly spread, and scaled.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engine.answer_batches import plan_batches
from engine.batching import Sampler, split
from engine.formatting import Example
from engine.runs import blocks_of, pairs
from engine.settings import GRPOSettings, SFTSettings
from engine.tree import Tree, plant

STEPS = 64
"""Steps whose micro-batches are counted one by one."""
LONGEST_LOOK = 8
"""The steps with most tokens are looked at too: one of them needs the most memory."""


class Passes(NamedTuple):
    """What goes through a model, summed over some calls. Cost is linear in these four."""

    calls: float = 0.0
    tokens: float = 0.0
    """Computed: a shared prefix once, padding included."""
    pairs: float = 0.0
    """Queries times keys of attention."""
    labels: float = 0.0
    """Positions that go through the output layer."""

    def plus(self, other: Passes) -> Passes:
        return Passes(*(one + two for one, two in zip(self, other, strict=True)))

    def times(self, factor: float) -> Passes:
        return Passes(*(one * factor for one in self))


def total(passes: Iterable[Passes]) -> Passes:
    summed = Passes()
    for one in passes:
        summed = summed.plus(one)
    return summed


@dataclass(frozen=True)
class Answering:
    """Prompts answered: what is read, and what is said token by token."""

    rows: int
    prefill: Passes
    rounds: float
    """Times that a batch says its next token."""
    row_rounds: float
    """The same, times the rows that still say something."""


@dataclass(frozen=True)
class Training:
    """A whole run, without what it measures of itself."""

    steps: int
    tokens: int
    """Without padding, each example whole: `train/tokens` of the last step."""
    label_tokens: int
    steps_per_epoch: int
    passes: Passes
    """Forward and backward, over all steps."""
    largest: tuple[Passes, ...]
    """Single passes, one of which needs the most memory."""
    looked: Passes | None = None
    """Forward only: the reference model of GRPO."""
    answering: Answering | None = None
    """GRPO's rollouts."""


def passes_of(examples: Sequence[Example], budget: int, *, share: bool = True) -> list[Passes]:
    """One entry a micro-batch of a step over these examples: trees where beginnings can be shared,
    padded rows where they can't."""
    if share:
        return [_tree_passes(tree) for tree in plant(examples, budget)]
    found = []
    for micro in split(examples, budget):
        rows = len(micro.rows)
        width = max(len(row) for row in micro.rows) - 1  # the last token predicts nothing
        found.append(Passes(1, rows * width, rows * width * width, micro.label_tokens))
    return found


def _tree_passes(tree: Tree) -> Passes:
    attended = sum(pairs(block) for block in blocks_of(tree.parents))
    return Passes(1, len(tree.ids), attended, len(set(tree.predicting)))


def sft_work(examples: Sequence[Example], settings: SFTSettings, *, share: bool = True) -> Training:
    """What SFT on these examples comes to."""
    sampler = Sampler(len(examples), settings.batch_size, settings.epochs, settings.seed)
    steps = [[examples[at] for at in sampler.step(n)] for n in range(sampler.steps)]
    sizes = [sum(len(one.ids) for one in step) for step in steps]
    labels = sum(len(one.ids) - one.prompt_length for step in steps for one in step)
    spread = _spread(sampler.steps, STEPS)
    heavy = sorted(range(sampler.steps), key=lambda n: -sizes[n])[:LONGEST_LOOK]
    counted = {
        n: passes_of(steps[n], settings.tokens_at_once, share=share) for n in {*spread, *heavy}
    }
    # Scaled by tokens, not by steps: the last step of a run may be a short one.
    scale = sum(sizes) / max(1, sum(sizes[n] for n in spread))
    return Training(
        steps=sampler.steps,
        tokens=sum(sizes),
        label_tokens=labels,
        steps_per_epoch=sampler.steps_per_epoch,
        passes=total(one for n in spread for one in counted[n]).times(scale),
        largest=largest(one for found in counted.values() for one in found),
    )


def grpo_work(examples: Sequence[Example], settings: GRPOSettings) -> Training:
    """What GRPO comes to if its answers are as long as those that people wrote."""
    sets = -(-settings.steps // settings.inner_steps)
    prompts = settings.prompts_per_step
    sampler = Sampler(len(examples), prompts, sets * prompts / len(examples), settings.seed)
    spread = _spread(sets, STEPS)
    steps, said, tokens, labels = [], [], 0, 0
    for number in spread:
        chosen = [examples[at] for at in sampler.step(number)]
        lengths = [min(len(one.ids) - one.prompt_length, settings.max_new_tokens) for one in chosen]
        nodes = sum(one.prompt_length for one in chosen) + settings.group_size * sum(lengths)
        calls = -(-nodes // settings.tokens_at_once)
        longest = max(len(one.ids) for one in chosen)
        answers = settings.group_size * sum(lengths)
        steps.append(Passes(calls, nodes, nodes * longest, answers))
        prompt_ids = [one.ids[: one.prompt_length] for one in chosen]
        said.append(answering(prompt_ids, lengths, settings.max_new_tokens, settings.group_size))
        tokens += settings.group_size * sum(one.prompt_length for one in chosen) + answers
        labels += answers
    scale = settings.steps / len(spread)
    passes = total(steps).times(scale)
    return Training(
        steps=settings.steps,
        tokens=round(tokens * scale),
        label_tokens=round(labels * scale),
        steps_per_epoch=max(1, settings.steps // 10),
        passes=passes,
        largest=largest(one.times(1 / one.calls) for one in steps),
        looked=passes.times(1 / settings.inner_steps) if settings.kl_beta else None,
        answering=_times(said, sets / len(spread)),
    )


def answering(
    prompts: Sequence[Sequence[int]],
    lengths: Sequence[int],
    max_new_tokens: int,
    samples: int = 1,
    tokens_per_batch: int = 8192,
) -> Answering:
    """Prompts answered in `lengths` tokens each, batched as `engine.generation` batches them."""
    how = _Held(max_new_tokens, samples, tokens_per_batch)
    prefill, rounds, row_rounds = [], 0, 0
    for batch in plan_batches(prompts, how):
        shared = _common([prompts[at] for at in batch])
        own = max(len(prompts[at]) for at in batch) - shared
        rows, said = len(batch), [min(lengths[at], max_new_tokens) for at in batch]
        pairs = shared * shared + rows * own * (shared + own)
        prefill.append(Passes(2 if shared else 1, shared + rows * own, pairs, rows))
        rounds += max(said)
        row_rounds += samples * sum(said)
    return Answering(len(prompts), total(prefill), rounds, row_rounds)


def largest(passes: Iterable[Passes]) -> tuple[Passes, ...]:
    """Those with most tokens, most pairs and most labels."""
    found = list(passes)
    by = (lambda one: one.tokens, lambda one: one.pairs, lambda one: one.labels)
    return tuple(dict.fromkeys(max(found, key=key) for key in by)) if found else ()


class _Held(NamedTuple):
    max_new_tokens: int
    samples: int
    tokens_per_batch: int


def _common(prompts: Sequence[Sequence[int]]) -> int:
    """Length of what all of them begin with, one token less than the shortest at most."""
    if len(prompts) < 2:
        return 0
    low, high = min(map(tuple, prompts)), max(map(tuple, prompts))
    limit = min(map(len, prompts)) - 1
    return next((at for at in range(limit) if low[at] != high[at]), limit)


def _spread(count: int, most: int) -> list[int]:
    """At most so many of the numbers below `count`, evenly spread."""
    taken = min(count, most)
    return [at * count // taken for at in range(taken)]


def _times(found: Sequence[Answering], factor: float) -> Answering:
    return Answering(
        round(sum(one.rows for one in found) * factor),
        total(one.prefill for one in found).times(factor),
        sum(one.rounds for one in found) * factor,
        sum(one.row_rounds for one in found) * factor,
    )
