"""Supervised fine-tuning: cross-entropy on response tokens and the stop token, nothing else.

The loss of a step is the mean over all label tokens of its examples, so how the step is split
into micro-batches doesn't change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from engine import together
from engine.batching import sampler_of
from engine.budget import make_room
from engine.dataset import examples_of, read_split
from engine.families.family import MicroBatch
from engine.formatting import Example
from engine.job import Job
from engine.loop import train
from engine.models import Loaded
from engine.objective import Objective
from engine.settings import SFTSettings
from engine.start import start
from engine.validation import Validation

LOOKED_AT = 10_000
"""Steps among which the longest is looked for."""


def run(job: Job) -> int:
    """`python -m engine sft`: returns the exit code."""
    records = read_split(job, "train")
    loaded, threads = start(job, records)
    examples = examples_of(job, loaded.formatter, records, context=loaded.context)
    return train(job, loaded, SFT(job, loaded, examples), threads)


class SFT(Objective[MicroBatch]):
    """Cross-entropy on `examples`, in the order of `Sampler`."""

    def __init__(self, job: Job, loaded: Loaded, examples: Sequence[Example]) -> None:
        settings = job.settings(SFTSettings)
        self._job = job
        self._loaded = loaded
        self._examples = examples
        self._sampler = sampler_of(len(examples), settings)
        self._validation = Validation(job, loaded)
        self._tokens_per_batch = settings.tokens_at_once
        # A resumed run takes what was found at its start; a sharded one waits on the CPU still.
        if not job.resume and not job.shards:
            self._tokens_per_batch = make_room(job, loaded, self._longest_batch())
            self._say_how(settings)
        self.total_steps = self._sampler.steps
        self.default_checkpoint_every = self._sampler.steps_per_epoch
        self._step = 0
        self._micros: Sequence[MicroBatch] = []
        self._labels = 1.0
        self._world = job.world

    def batch(self, step: int) -> Sequence[MicroBatch]:
        self._step = step
        chosen = [self._examples[at] for at in self._sampler.step(step)]
        mine = self._world.dealt(chosen, cost=lambda one: len(one.ids))
        self._micros = (
            self._loaded.family.split(mine, self._tokens_per_batch, share=self._loaded.shares)
            if mine
            else []
        )
        [self._labels] = together.sums(self._world, sum(one.label_tokens for one in self._micros))
        return self._micros

    def spare(self) -> MicroBatch:
        first = self._examples[self._sampler.step(self._step)[0]]
        return self._loaded.family.split([first], self._tokens_per_batch, share=False)[0]

    def loss(self, micro: MicroBatch) -> torch.Tensor:
        return summed_loss(self._loaded, micro) / self._labels

    def tokens(self) -> int:
        return sum(one.tokens for one in self._micros)

    def values(self) -> dict[str, float]:
        return {"train/epoch": self._sampler.epoch_after(self._step + 1)}

    def measure(self, step: int) -> dict[str, float]:
        return self._validation.measure(step)

    def state(self) -> dict[str, Any]:
        """How a step was cut: sums in another order are not bit-equal.

        The sampler's position is the step itself.
        """
        return {"tokens_per_batch": self._tokens_per_batch}

    def restore(self, state: dict[str, Any]) -> None:
        self._tokens_per_batch = state.get("tokens_per_batch", self._tokens_per_batch)

    def _say_how(self, settings: SFTSettings) -> None:
        """Where memory decided: what came of it."""
        spares = self._loaded.spares_memory and settings.gradient_checkpointing == "auto"
        if self._tokens_per_batch != settings.tokens_per_batch or spares:
            how = ", with gradient checkpointing" if spares else ""
            self._job.log(f"{self._tokens_per_batch:,} tokens at once fit the memory{how}")

    def _longest_batch(self) -> list[Example]:
        """The examples of the step with most tokens; of an endless run, of its first steps."""
        steps = (self._sampler.step(at) for at in range(min(self._sampler.steps, LOOKED_AT)))
        chosen = max(steps, key=lambda step: sum(len(self._examples[at].ids) for at in step))
        return [self._examples[at] for at in chosen]


def summed_loss(loaded: Loaded, micro: MicroBatch) -> torch.Tensor:
    """Cross-entropy summed over a micro-batch's labels, 0-d, in nats, computed in float32."""
    return loaded.forward(loaded.family.summed_loss, micro)
