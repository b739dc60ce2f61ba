"""The policy's arithmetic: log-probabilities of answers, the clipped loss, the reference.

    loss = −min(ρ·A, clip(ρ, 1 − low, 1 + high)·A) + β·kl      of each answer token
    ρ = exp(log π − log π_old),  kl = ρ·[exp(log π_ref − log π) − (log π_ref − log π) − 1]

π is the distribution that was sampled from, temperature included. Inside the brackets is
Schulman's k3; the ρ before it matters even where it is 1, for with it the gradient is that of
KL(π ‖ π_ref), without bias. Source: Schulman et al. (2017), PPO; Shao et al. (2024), DeepSeekMath;
Yu et al. (2025), DAPO (two clips); DeepSeek-V3.2 (2025), for ρ in the KL. As TRL 1.16 has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import NamedTuple

import torch
from peft import PeftModel
from torch import Tensor

from engine.adapters import keep_reference, reference
from engine.answer_scores import answer_scores
from engine.families.family import AnswerBatch, Material
from engine.generation import evaluating
from engine.job import Job
from engine.models import Loaded, load_for_training
from engine.rollouts import Rollout
from engine.settings import GRPOSettings


class Terms(NamedTuple):
    """What each of N answer tokens adds to the loss, and two things to watch; all [N]."""

    loss: Tensor
    kl: Tensor | None
    clipped: Tensor


def policy_loss(
    logprobs: Tensor,
    old: Tensor,
    against: Tensor | None,
    advantage: Tensor,
    settings: GRPOSettings,
) -> Terms:
    """The formula at the top of this file, token by token; every argument [N], in nats.

    `against` are the reference's log-probabilities, None where the KL has no weight. A token is
    `clipped` where the clip stops its gradient.
    """
    ratio = torch.exp(logprobs - old)
    bounded = ratio.clamp(1 - settings.clip_low, 1 + settings.clip_high)
    loss = -torch.minimum(ratio * advantage, bounded * advantage)
    clipped = bounded * advantage < ratio * advantage
    if against is None:
        return Terms(loss, None, clipped)
    gap = against - logprobs
    kl = ratio * (torch.exp(gap) - gap - 1)
    return Terms(loss + settings.kl_beta * kl, kl, clipped)


class Scored(NamedTuple):
    """Log-probability of each of N answer tokens, and the entropy where it was chosen; [N], nats."""

    logprobs: Tensor
    entropy: Tensor


def score(loaded: Loaded, rolled: AnswerBatch, temperature: float) -> Scored:
    """Rollouts' answers under the model, one after the other, in float32."""
    logits, row, targets = loaded.forward(loaded.family.answer_logits, rolled)
    return Scored(*answer_scores(logits, row, targets, temperature))


class Reference:
    """The model as it was before training: the adapter off, a frozen copy of it, or, where all
    weights are trained, a frozen copy of the model."""

    def __init__(self, job: Job, loaded: Loaded) -> None:
        began = job.spec.model
        self._loaded = loaded
        if not isinstance(loaded.model, PeftModel):
            settings = replace(job.settings(GRPOSettings), tuning="full")
            folder = job.attempt.folder
            self._loaded = load_for_training(
                began, settings, material=Material(), scratch_folder=folder
            )
            self._loaded.model.requires_grad_(False)
        elif began.adapter:
            keep_reference(loaded.model, began.adapter)

    @torch.no_grad()
    def score(
        self, batches: Sequence[AnswerBatch], rollouts: list[Rollout], temperature: float
    ) -> None:
        """Write the reference's log-probabilities into the rollouts."""
        model = self._loaded.model
        as_it_was = reference(model) if isinstance(model, PeftModel) else nullcontext()
        with evaluating(model), as_it_was:
            for one in batches:
                with self._loaded.autocast():
                    scored = score(self._loaded, one, temperature)
                rows = scored.logprobs.split(list(one.labels))
                for at, row in zip(one.order, rows, strict=True):
                    rollouts[at].reference = row.tolist()
