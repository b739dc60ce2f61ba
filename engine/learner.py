"""What learns: weights, optimiser, loss scale and average, and the one step that moves them all."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from engine import checkpoints, together
from engine.averaging import Average
from engine.checkpoints import Progress
from engine.errors import Diverged
from engine.job import Job
from engine.models import Loaded
from engine.objective import Objective
from engine.optimisers import cut, make_optimiser
from engine.recompute import could_recompute, recompute
from engine.scaling import Scaler
from engine.schedule import learning_rate
from engine.settings import TrainSettings
from engine.sharding import gather, part, shard
from engine.words import _


@dataclass(frozen=True)
class Taken:
    """What one optimiser step did, in all processes together."""

    loss: float
    learning_rate: float
    grad_norm: float
    """Before clipping; no number where a float16 step was left out."""
    tokens: int
    seconds: float


class Learner:
    """Everything that a step changes, and that a checkpoint's `resume/` therefore holds."""

    def __init__(self, job: Job, loaded: Loaded, *, total: int, every: int) -> None:
        """`total` steps in the run, `every` so many of them a checkpoint. Raises SpecError."""
        self.loaded = loaded
        self._job = job
        self._world = job.world
        self._settings = job.settings(TrainSettings)
        self._total = total
        if job.shards:
            loaded.try_sharing()  # while it is whole: processes would have to try it together
            loaded.sharded = shard(loaded.model, self._world, loaded.device, loaded.dtype)
        self._optimiser = make_optimiser(loaded, self._settings)
        self.scaler = Scaler(loaded.dtype == torch.float16)
        self._average = Average(
            checkpoints.trainable(loaded), self._settings, total=total, every=every
        )

    def restore(self, checkpoint: Path, progress: Progress) -> None:
        """Go back to where a checkpoint left off; the weights were read by loading it."""
        if progress.recomputes and not self.loaded.spares_memory:
            recompute(self.loaded.transformer)
        moments = checkpoints.read_tensors(checkpoint, "optimiser")
        self._optimiser.restore(moments, progress.optimiser)
        self._average.restore(checkpoints.read_tensors(checkpoint, "average"))
        self.scaler.restore(progress.scaler)
        checkpoints.set_generators(
            checkpoints.read_tensors(checkpoint, "random"), self.loaded.device, self._world.rank
        )

    def save(self, folder: Path, progress: Progress) -> checkpoints.Written | None:
        """Write a checkpoint; None in the processes that don't write."""
        moments, plain = self._optimiser.state()
        generators = checkpoints.generators(self.loaded.device, self._world)
        average = gather(self._world, self._average.tensors)
        moments = gather(self._world, moments)
        weights = checkpoints.whole_weights(self.loaded, self._world)
        if not self._world.main:
            return None
        progress = replace(
            progress,
            optimiser=plain,
            scaler=self.scaler.state(),
            recomputes=self.loaded.spares_memory,
        )
        tensors = {"optimiser": moments, "average": average, "random": generators}
        return checkpoints.write(folder, self.loaded, progress, tensors, weights)

    def step(self, objective: Objective[Any], step: int) -> Taken:
        """One optimiser step, `step` counting from 0. Raises Diverged before anything is spoilt."""
        started = time.perf_counter()
        rate = learning_rate(self._settings, step, self._total)
        loss = self._gradients_of(objective, step)
        loss, tokens = together.sums(self._world, loss, objective.tokens())
        weights = self._optimiser.weights
        if self.loaded.sharded is None:
            together.add_gradients(self._world, weights)
        norm = self._clipped(weights)
        finite = math.isfinite(norm)
        self.scaler.saw(finite)
        if not math.isfinite(loss) or (not finite and self.scaler.exhausted):
            raise Diverged(
                _(
                    "step %(step)s: the loss is %(loss)s and the gradient norm %(norm)s",
                    step=step + 1,
                    loss=loss,
                    norm=norm,
                ),
                _("Lower the learning rate, lengthen the warm-up, or train in float32."),
            )
        if finite:
            self._optimiser.step(rate)
        else:
            self._optimiser.forget()
        self._average.after(step + 1)
        return Taken(loss, rate, norm, int(tokens), time.perf_counter() - started)

    def finish(self) -> None:
        """Make the average, where there is one, the weights."""
        self._average.put()

    def _gradients_of(self, objective: Objective[Any], step: int) -> float:
        """Sum of the micro-batches' losses in this process; their gradients are in the weights.

        Where a GPU's memory runs out though a dry step fitted (`engine.budget`) or none was made,
        and gradient checkpointing is `auto`, the step is done again with it. Several processes
        don't: they would have to agree first.
        """
        try:
            return self._backward(objective, objective.batch(step))
        except torch.OutOfMemoryError:
            auto = self._settings.gradient_checkpointing == "auto"
            if not (auto and self._world.size == 1 and could_recompute(self.loaded.transformer)):
                raise
        self._optimiser.forget()
        recompute(self.loaded.transformer)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        self._job.log(
            f"step {step + 1} did not fit the GPU's memory: it is done again with gradient "
            "checkpointing, as are those that follow",
            "warning",
        )
        return self._backward(objective, objective.batch(step))

    def _backward(self, objective: Objective[Any], micros: Sequence[Any]) -> float:
        loss = 0.0
        for micro in micros:
            with self.loaded.compiled():
                with self.loaded.autocast():
                    share = objective.loss(micro)
                (share * self.scaler.scale if self.scaler.on else share).backward()
            loss += share.item()
        if self.loaded.sharded is not None:
            # Every process has to be there when weights are gathered.
            for _ in range(len(micros), together.most(self._world, len(micros))):
                (objective.loss(objective.spare()) * 0.0).backward()
        return loss

    def _clipped(self, weights: list[torch.nn.Parameter]) -> float:
        """The gradient's norm, unscaled; afterwards it is cut to `clip`, where it is longer."""
        if self.scaler.on:
            gradients = [part(one.grad) for one in weights if one.grad is not None]
            torch._foreach_mul_(gradients, 1 / self.scaler.scale)
        return cut(weights, self._settings.clip)
