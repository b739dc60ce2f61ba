"""The one training loop. Objectives say what a step is; everything else is here, top to bottom.

Steps count from 0 while they run and are named by how many are done, so the first point is
step 1, step 0 is the untouched model, and `step-000120` holds what 120 steps made.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Any

import torch

from engine import checkpoints
from engine.checkpoints import Progress
from engine.errors import Diverged
from engine.events import EXIT_FINISHED, EXIT_PAUSED, EXIT_STOPPED
from engine.hardware import peak_memory
from engine.job import Job
from engine.models import Loaded
from engine.objective import Objective
from engine.schedule import learning_rate
from engine.settings import TrainSettings

LEAVING = {"stop": ("stopped", EXIT_STOPPED), "pause": ("paused", EXIT_PAUSED)}


def train(job: Job, loaded: Loaded, objective: Objective[Any], threads: int) -> int:
    """Train to the end, or until asked to pause or stop; returns the process's exit code.

    Goes on from `job.resume` where there is one. Says points, progress, checkpoints and states.
    Raises Diverged when the loss or the gradient is no number.
    """
    settings = job.settings(TrainSettings)
    optimiser = make_optimiser(loaded, settings)
    progress = Progress(threads=threads)
    if job.resume:
        progress = checkpoints.read_progress(job.resume)
        checkpoints.restore(job.resume, loaded, optimiser)
        objective.restore(progress.objective)
    total = objective.total_steps
    every = settings.checkpoint_every or objective.default_checkpoint_every
    job.events.say("state", state="running", total_steps=total)
    if progress.step == 0:
        job.point(0, objective.measure(0))

    clock = Clock(progress.step, total)
    saved_at = progress.step
    while progress.step < total:
        want = job.requests.want()
        if want in LEAVING:
            if progress.step > saved_at:
                save(job, loaded, optimiser, progress, objective, measured=False)
            return leave(job, want)
        taken = take_step(objective, loaded, optimiser, settings, progress.step)
        progress = replace(
            progress, step=progress.step + 1, tokens=progress.tokens + objective.tokens()
        )
        if progress.step % settings.log_every == 0 or progress.step == total:
            job.point(progress.step, step_values(taken, objective, loaded, progress))
        if clock.due(progress.step):
            job.events.say("progress", **clock.progress())
        if progress.step < total and (progress.step % every == 0 or job.requests.checkpoint_now()):
            save(job, loaded, optimiser, progress, objective)
            saved_at = progress.step
    save(job, loaded, optimiser, progress, objective, final=True)
    job.events.say("state", state="finished")
    return EXIT_FINISHED


def make_optimiser(loaded: Loaded, settings: TrainSettings) -> torch.optim.AdamW:
    """AdamW over what is trainable; biases and norms (one dimension) don't decay."""
    weights = checkpoints.trainable(loaded).values()
    groups: list[dict[str, Any]] = [
        {"params": [one for one in weights if one.dim() > 1]},
        {"params": [one for one in weights if one.dim() <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        [group for group in groups if group["params"]],
        lr=settings.learning_rate,
        weight_decay=settings.weight_decay,
        fused=True,
    )


@dataclass(frozen=True)
class Taken:
    """What one optimiser step did."""

    loss: float
    learning_rate: float
    grad_norm: float
    """Before clipping."""
    seconds: float


def take_step(
    objective: Objective[Any],
    loaded: Loaded,
    optimiser: torch.optim.Optimizer,
    settings: TrainSettings,
    step: int,
) -> Taken:
    """One optimiser step, `step` counting from 0. Raises Diverged before anything is spoilt."""
    started = time.perf_counter()
    rate = learning_rate(settings, step, objective.total_steps)
    for group in optimiser.param_groups:
        group["lr"] = rate
    loss = 0.0
    for micro in objective.batch(step):
        with loaded.autocast():
            share = objective.loss(micro)
        share.backward()
        loss += share.item()
    weights = [one for group in optimiser.param_groups for one in group["params"]]
    norm = float(torch.nn.utils.clip_grad_norm_(weights, settings.clip or math.inf))
    if not (math.isfinite(loss) and math.isfinite(norm)):
        raise Diverged(
            f"step {step + 1}: the loss is {loss} and the gradient norm {norm}",
            "Lower the learning rate, lengthen the warm-up, or train in float32.",
        )
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return Taken(loss, rate, norm, time.perf_counter() - started)


def step_values(
    taken: Taken, objective: Objective[Any], loaded: Loaded, progress: Progress
) -> dict[str, float]:
    """The point of a step, under the names that `engine.events` lists."""
    return {
        "train/loss": taken.loss,
        "train/learning_rate": taken.learning_rate,
        "train/grad_norm": taken.grad_norm,
        "train/tokens_per_second": objective.tokens() / taken.seconds,
        "train/tokens": progress.tokens,
        "system/memory_bytes": peak_memory(loaded.device),
        **objective.values(),
    }


def save(
    job: Job,
    loaded: Loaded,
    optimiser: torch.optim.Optimizer,
    progress: Progress,
    objective: Objective[Any],
    *,
    measured: bool = True,
    final: bool = False,
) -> None:
    """Write a checkpoint, measure it, then say that it exists.

    `measured` off is for leaving quickly: who pauses or stops a run is waiting.
    """
    folder = job.attempt.checkpoint(progress.step)
    progress = replace(progress, objective=objective.state())
    written = checkpoints.write(folder, loaded, optimiser, progress)
    values = objective.measure(progress.step) if measured else {}
    job.point(progress.step, values)
    job.events.say(
        "checkpoint",
        step=progress.step,
        path=str(folder.relative_to(job.attempt.folder)),
        sha256=written.sha256,
        bytes=written.bytes,
        layout=loaded.layout,
        values=values,
        final=final,
    )


def leave(job: Job, want: str) -> int:
    state, code = LEAVING[want]
    job.events.say("state", state=state)
    return code


class Clock:
    """Time left, from the steps of this process; says so at most twice a second."""

    def __init__(self, step: int, total: int) -> None:
        self._first, self._total = step, total
        self._started = self._said = time.perf_counter()
        self._step = step

    def due(self, step: int) -> bool:
        """Whether to say it after `step` steps: half a second has passed, or it was the last."""
        self._step = step
        if step < self._total and time.perf_counter() - self._said < 0.5:
            return False
        self._said = time.perf_counter()
        return True

    def progress(self) -> dict[str, float]:
        each = (self._said - self._started) / (self._step - self._first)
        left = round(each * (self._total - self._step), 1)
        return {"step": self._step, "total_steps": self._total, "seconds_left": left}
