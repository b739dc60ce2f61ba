"""How much a run has to compute, counted before it runs. Light: no torch.

    records ─ fit ─▸ examples ─ Sampler ─▸ steps ─ split ─▸ passes       what training does
    prompts ─ plan_batches ─▸ batches                                      what answering does

Examples, steps and tokens are those that the engine will report, because the same functions make
them. Passes are counted over at most `STEPS` steps of a run, evenly spread, and scaled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import count, islice
from typing import Any, NamedTuple

from engine import batching, pairs, runs, stems, texts
from engine.answer_batches import plan_batches
from engine.batching import Micro, Sampler, sampler_of
from engine.formatting import Example
from engine.pairs import Pairs
from engine.settings import GRPOSettings, SFTSettings, TrainSettings
from engine.stems import Stem
from engine.texts import Texts
from engine.tree import Tree, plant

ENCODERS = ("encoder_decoder", "encoder_classifier")
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
    """Queries times keys of attention; of a recurrent model, steps one after the other."""
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
    held: int = 0
    """Tokens of the largest batch when all have been said."""


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


def passes_of(examples: Sequence[Example], budget: int, reads: str = "decoder") -> list[Passes]:
    """One entry a micro-batch of a step over these examples; `reads` is one of `SPLITS`."""
    return [passes(one) for one in SPLITS[reads](examples, budget)]


SPLITS: dict[str, Callable[[Sequence[Example], int], Sequence[Any]]] = {
    "decoder": plant,
    "rows": batching.split,
    "lstm": stems.split,
    "encoder_decoder": pairs.split,
    "encoder_classifier": texts.split,
}
"""By architecture; `rows` is a decoder that runs every sequence whole."""


def reads_of(architecture: str, settings: TrainSettings) -> str:
    """Activations that are computed twice can't be shared."""
    twice = settings.gradient_checkpointing == "on"
    return "rows" if architecture == "decoder" and twice else architecture


def passes(micro: Tree | Micro | Stem | Pairs | Texts) -> Passes:
    """What a micro-batch costs: the last token of a row predicts nothing, and isn't run."""
    match micro:
        case Tree():
            attended = sum(runs.pairs(block) for block in runs.blocks_of(micro.parents))
            return Passes(1, len(micro.ids), attended, len(set(micro.predicting)))
        case Micro():
            rows, width = len(micro.rows), max(map(len, micro.rows)) - 1
            return Passes(1, rows * width, rows * width * width, micro.label_tokens)
        case Stem():  # no attention: what counts instead are the steps that follow each other
            rows, width = len(micro.rows), max(map(len, micro.rows)) - 1
            steps = len(micro.prefix) + width
            calls = 2 if micro.prefix else 1
            return Passes(calls, len(micro.prefix) + rows * width, steps, micro.label_tokens)
        case Pairs():
            sources, rows = len(micro.sources), len(micro.answers)
            read, said = max(map(len, micro.sources)), max(map(len, micro.answers))
            attended = sources * read * read + rows * said * (read + said)
            return Passes(1, sources * read + rows * said, attended, micro.label_tokens)
        case Texts():
            rows, width = len(micro.rows), max(map(len, micro.rows))
            return Passes(1, rows * width, rows * width * width, rows)


def sft_work(
    examples: Sequence[Example], settings: SFTSettings, reads: str = "decoder"
) -> Training:
    """What SFT on these examples comes to; `reads` as for `passes_of`."""
    sampler = sampler_of(len(examples), settings)
    steps = [[examples[at] for at in sampler.step(n)] for n in range(sampler.steps)]
    sizes = [sum(len(one.ids) for one in step) for step in steps]
    labels = sum(len(one.ids) - one.prompt_length for step in steps for one in step)
    spread = _spread(sampler.steps, STEPS)
    heavy = sorted(range(sampler.steps), key=lambda n: -sizes[n])[:LONGEST_LOOK]
    counted = {n: passes_of(steps[n], settings.tokens_at_once, reads) for n in {*spread, *heavy}}
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


def grpo_work(
    examples: Sequence[Example], settings: GRPOSettings, reads: str = "decoder"
) -> Training:
    """What GRPO comes to if its answers are as long as those that people wrote, and all different."""
    sets = -(-settings.steps // settings.inner_steps)
    each = settings.prompts_per_step
    sampler = Sampler(len(examples), each, sets * each / len(examples), settings.seed)
    spread = _spread(sets, STEPS)
    steps, said, tokens, labels = [], [], 0, 0
    for number in spread:
        chosen = [examples[at] for at in sampler.step(number)]
        lengths = [min(len(one.ids) - one.prompt_length, settings.max_new_tokens) for one in chosen]
        answers = settings.group_size * sum(lengths)
        prompts = [one.ids[: one.prompt_length] for one in chosen]
        rolled = _rolled(prompts, lengths, settings.group_size)
        steps.append(passes_of(rolled, settings.tokens_at_once, reads))
        said.append(
            answering(
                prompts,
                lengths,
                settings.max_new_tokens,
                settings.group_size,
                settings.tokens_at_once,
                reads=reads,
            )
        )
        tokens += settings.group_size * sum(one.prompt_length for one in chosen) + answers
        labels += answers
    scale = settings.steps / len(spread)
    learnt = total(one for step in steps for one in step).times(scale)
    return Training(
        steps=settings.steps,
        tokens=round(tokens * scale),
        label_tokens=round(labels * scale),
        steps_per_epoch=max(1, settings.steps // 10),
        passes=learnt,
        largest=largest(one for step in steps for one in step),
        looked=learnt.times(1 / settings.inner_steps) if settings.kl_beta else None,
        answering=_times(said, sets / len(spread)),
    )


def _rolled(prompts: Sequence[list[int]], lengths: Sequence[int], samples: int) -> list[Example]:
    """Answers that nobody has said yet: each of tokens of its own."""
    new = count(start=-1, step=-1)
    return [
        Example([*prompt, *islice(new, length)], len(prompt), 0, 0)
        for prompt, length in zip(prompts, lengths, strict=True)
        for _ in range(samples)
    ]


def answering(
    prompts: Sequence[Sequence[int]],
    lengths: Sequence[int],
    max_new_tokens: int,
    samples: int = 1,
    tokens_per_batch: int = 8192,
    reads: str = "decoder",
) -> Answering:
    """Prompts answered in `lengths` tokens each, batched as `engine.generation` batches them.

    An encoder reads every prompt whole, a decoder what they begin with alike once.
    """
    how = _Held(max_new_tokens, samples, tokens_per_batch)
    prefill, rounds, row_rounds, held = [], 0, 0, 0
    for batch in plan_batches(prompts, how):
        shared = 0 if reads in ENCODERS else _common([prompts[at] for at in batch])
        own = max(len(prompts[at]) for at in batch) - shared
        rows, said = len(batch), [min(lengths[at], max_new_tokens) for at in batch]
        attended = shared * shared + rows * own * (shared + own)
        if reads == "lstm":
            attended = shared + own
        prefill.append(Passes(2 if shared else 1, shared + rows * own, attended, rows))
        rounds += max(said)
        row_rounds += samples * sum(said)
        held = max(held, samples * rows * (shared + own + max(said)))
    return Answering(len(prompts), total(prefill), rounds, row_rounds, held)


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
        max((one.held for one in found), default=0),
    )
