"""Group-relative policy optimisation: raise the probability of what beat its group.

Sample a group of answers to each prompt (`rollouts`), then step on `policy.policy_loss`. It is
normalised by the answer tokens of the whole step (DAPO), so a token of a long answer weighs as
much as one of a short answer. A group's prompt is run once for all its answers, both when they
are sampled (`decoding`) and when they are learnt from (`tree`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from engine import together
from engine.architectures import misfit
from engine.dataset import read_split
from engine.dropout import without_dropout
from engine.errors import SpecError
from engine.families.family import AnswerBatch
from engine.job import Job
from engine.loop import train
from engine.models import Loaded
from engine.objective import Objective
from engine.policy import Reference, Terms, policy_loss, score
from engine.rollouts import Roller, Rollout
from engine.settings import GRPOSettings
from engine.start import start
from engine.validation import Validation
from engine.words import _
from engine.world import World


def run(job: Job) -> int:
    """`python -m engine grpo`: returns the exit code."""
    if job.spec.model.source == "scratch":
        raise SpecError(
            {"model": _("a model from nothing says nothing to reward; train it by SFT first")}
        )
    if wrong := misfit(job.spec.model.architecture, method="grpo"):
        raise SpecError({wrong.field: _("%(why)s; %(remedy)s", why=wrong.why, remedy=wrong.remedy)})
    loaded, threads = start(job, read_split(job, "train"))
    without_dropout(loaded.model)
    if job.settings(GRPOSettings).lora_dropout:
        job.log("answers are sampled without dropout and learnt from without it: lora_dropout is 0")
    return train(job, loaded, GRPO(job, loaded), threads)


class GRPO(Objective[AnswerBatch]):
    """Rollouts of the policy, `inner_steps` optimiser steps on each set of them."""

    def __init__(self, job: Job, loaded: Loaded) -> None:
        settings = job.settings(GRPOSettings)
        self._loaded = loaded
        self._settings = settings
        self._roller = Roller(job, loaded)
        self._reference = Reference(job, loaded) if settings.kl_beta else None
        self._validation = Validation(job, loaded)
        self.total_steps = settings.steps
        self.default_checkpoint_every = max(1, settings.steps // 10)
        self._step = self._sampled = -1
        self._scored = self._shared = False
        """Whether the reference knows the set that was sampled last, and how it was laid out."""
        self._rollouts: list[Rollout] = []
        self._mine: list[Rollout] = []
        """Of them, those that this process learns from."""
        self._world = job.world
        self._batches: Sequence[AnswerBatch] = []
        self._seen = Seen(job.world)

    def batch(self, step: int) -> Sequence[AnswerBatch]:
        """Asked again for a step whose memory ran out, it gives the same rollouts."""
        number, inner = divmod(step, self._settings.inner_steps)
        if inner == 0 and number != self._sampled:
            self._rollouts = self._roller.sample(number, self._shown_at(step))
            self._sampled, self._scored, self._batches = number, False, []
        if not self._batches or self._shared != self._loaded.shares:
            self._lay_out()
        if inner == 0 and self._reference and not self._scored:
            self._reference.score(self._batches, self._mine, self._settings.temperature)
            self._scored = True
        self._step = step
        self._seen = Seen(self._world)
        return self._batches

    def _shown_at(self, step: int) -> int | None:
        """The first step with a point among those that are taken on the set that `step` samples."""
        last = min(step + self._settings.inner_steps, self.total_steps)
        every = self._settings.log_every
        steps = range(step + 1, last + 1)
        return next((at for at in steps if at % every == 0 or at == self.total_steps), None)

    def _lay_out(self) -> None:
        """This process's rollouts as micro-batches: anew too where memory ran out meanwhile, since
        activations that are computed twice can't be shared (`engine.recompute`)."""
        self._shared = self._loaded.shares
        self._mine = [one for group in self._world.every(self._groups()) for one in group]
        examples = [one.example() for one in self._mine]
        self._batches = (
            self._loaded.family.plant(examples, self._settings.tokens_at_once, share=self._shared)
            if examples
            else []
        )

    def loss(self, micro: AnswerBatch) -> Tensor:
        rollouts = [self._mine[at] for at in micro.order]
        scored = score(self._loaded, micro, self._settings.temperature)
        if self._step % self._settings.inner_steps == 0:
            old = scored.logprobs.detach()  # nothing has changed since they were sampled
            if self._settings.inner_steps > 1:
                for rollout, row in zip(rollouts, old.split(list(micro.labels)), strict=True):
                    rollout.old = row.tolist()
        else:
            old = _flat([one.old for one in rollouts], scored.logprobs)
        against = None
        if self._reference:
            against = _flat([one.reference for one in rollouts], scored.logprobs)
        advantage = _flat([[one.advantage] * one.length for one in rollouts], scored.logprobs)
        terms = policy_loss(scored.logprobs, old, against, advantage, self._settings)
        self._seen.add(terms, scored.entropy)
        return terms.loss.sum() / sum(one.length for one in self._rollouts)

    def tokens(self) -> int:
        return sum(len(one.ids) for one in self._mine)

    def values(self) -> dict[str, float]:
        rewards = [one.reward for one in self._rollouts]
        groups = [[one.reward for one in group] for group in self._groups()]
        return {
            "grpo/reward": sum(rewards) / len(rewards),
            "grpo/length": sum(one.length for one in self._rollouts) / len(rewards),
            "grpo/no_spread": sum(max(one) == min(one) for one in groups) / len(groups),
            **self._seen.means(),
        }

    def measure(self, step: int) -> dict[str, float]:
        return self._validation.measure(step)

    def state(self) -> dict[str, Any]:
        """The rollouts, where steps on them are still to come."""
        between = (self._step + 1) % self._settings.inner_steps == 0
        if between:
            return {"rollouts": []}
        size = self._settings.group_size
        mine = [asdict(one) for one in self._mine]
        groups = [mine[at : at + size] for at in range(0, len(mine), size)]
        return {
            "rollouts": [one for group in together.collected(self._world, groups) for one in group]
        }

    def restore(self, state: dict[str, Any]) -> None:
        self._rollouts = [Rollout(**one) for one in state["rollouts"]]
        self._batches = []

    def _groups(self) -> list[list[Rollout]]:
        size = self._settings.group_size
        return [self._rollouts[at : at + size] for at in range(0, len(self._rollouts), size)]


class Seen:
    """Sums over the answer tokens of a step, for the curves."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sums: dict[str, float] = {}
        self._tokens = 0

    def add(self, terms: Terms, entropy: Tensor) -> None:
        self._tokens += len(entropy)
        for name, values in (("kl", terms.kl), ("clipped", terms.clipped), ("entropy", entropy)):
            if values is not None:
                key = f"grpo/{name}"
                self._sums[key] = self._sums.get(key, 0.0) + values.detach().float().sum().item()

    def means(self) -> dict[str, float]:
        """Over the tokens of all processes."""
        sums: Counter[str] = Counter()
        tokens = 0
        for one, count in together.gathered(self._world, [self._sums, self._tokens]):
            tokens += count
            for name, total in one.items():
                sums[name] += total
        return {name: total / tokens for name, total in sums.items()}


def _flat(rows: list[list[float]], like: Tensor) -> Tensor:
    return torch.tensor([one for row in rows for one in row], dtype=like.dtype, device=like.device)
