"""The one training loop. Objectives say what a step is; everything else is here, top to bottom.

Steps count from 0 while they run and are named by how many are done, so the first point is
step 1, step 0 is the untouched model, and `step-000120` holds what 120 steps made.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from engine import checkpoints, together
from engine.checkpoints import Progress
from engine.clock import Clock
from engine.events import EXIT_FINISHED
from engine.job import Job
from engine.learner import Learner, Taken
from engine.leaving import LEAVING, leave
from engine.memory import peak_bytes
from engine.models import Loaded
from engine.objective import Objective
from engine.patience import Patience
from engine.settings import TrainSettings


def train(job: Job, loaded: Loaded, objective: Objective[Any], threads: int) -> int:
    """Train to the end, or until asked to pause or stop; returns the process's exit code.

    Goes on from `job.resume` where there is one. Says points, progress, checkpoints and states.
    Raises Diverged when the loss or the gradient is no number.
    """
    settings = job.settings(TrainSettings)
    total = objective.total_steps
    every = settings.checkpoint_every or objective.default_checkpoint_every
    learner = Learner(job, loaded, total=total, every=every)
    progress = Progress(threads=threads)
    if job.resume:
        progress = checkpoints.read_progress(job.resume)
        learner.restore(job.resume, progress)
        objective.restore(progress.objective)
    patience = Patience(settings, progress.patience)
    job.events.say("state", state="running", total_steps=total)
    if progress.step == 0:
        job.point(0, measured(job, objective, 0))

    clock = Clock(progress.step, total)
    saved_at = progress.step
    while progress.step < total and not progress.finished:
        want, now = wanted(job)
        if want in LEAVING:
            if progress.step > saved_at:
                save(job, learner, objective, progress, {})
            return leave(job, want)
        taken = learner.step(objective, progress.step)
        step = progress.step + 1
        progress = replace(progress, step=step, tokens=progress.tokens + taken.tokens)
        if step % settings.log_every == 0 or step == total:
            job.point(step, step_values(taken, objective, learner, progress))
        if clock.due(step):
            job.events.say("progress", **clock.progress())
        if step == total:
            break
        saving = step % every == 0
        looking = saving or bool(settings.evaluate_every and step % settings.evaluate_every == 0)
        values = measured(job, objective, step) if looking or now else {}
        better = patience.saw(values) if looking else False
        progress = replace(progress, patience=patience.state())
        if patience.over:
            stop_early(job, step, total)
            break
        if saving or now or (better and patience.saves_best):
            save(job, learner, objective, progress, values)
            saved_at = step
        else:
            job.point(step, values)
    if not progress.finished:
        learner.finish()
        progress = replace(progress, finished=True)
    values = measured(job, objective, progress.step)
    save(job, learner, objective, progress, values, final=True)
    job.events.say("state", state="finished")
    together.leave(job.world)
    return EXIT_FINISHED


def wanted(job: Job) -> tuple[str, bool]:
    """What is asked now, `run`, `pause` or `stop`, and whether a checkpoint is; all processes get the
    same answer. A signal may reach any of them, the control file is the main one's."""
    requests = job.requests
    mine = requests.asked() if job.world.main else (requests.signalled(), False)
    asked = together.gathered(job.world, mine)
    wants = [want for want, _ in asked]
    worst = next((one for one in ("stop", "pause") if one in wants), "run")
    return worst, any(now for _, now in asked)


def measured(job: Job, objective: Objective[Any], step: int) -> dict[str, float]:
    """What the main process measures now, in every process."""
    return together.told(job.world, objective.measure(step))


def step_values(
    taken: Taken, objective: Objective[Any], learner: Learner, progress: Progress
) -> dict[str, float]:
    """The point of a step, under the names that `engine.events` lists."""
    scale = {"train/loss_scale": learner.scaler.scale} if learner.scaler.on else {}
    return {
        "train/loss": taken.loss,
        "train/learning_rate": taken.learning_rate,
        "train/grad_norm": taken.grad_norm,
        "train/tokens_per_second": taken.tokens / taken.seconds,
        "train/tokens": progress.tokens,
        "system/memory_bytes": peak_bytes(learner.loaded.device),
        **scale,
        **objective.values(),
    }


def save(
    job: Job,
    learner: Learner,
    objective: Objective[Any],
    progress: Progress,
    values: dict[str, float],
    *,
    final: bool = False,
) -> None:
    """Write a checkpoint, then say that it exists, with the `values` measured there.

    There are none where somebody who pauses or stops the run is waiting.
    """
    folder = job.attempt.checkpoint(progress.step)
    progress = replace(progress, objective=objective.state())
    written = learner.save(folder, progress)
    if written is None:
        return
    job.point(progress.step, values)
    job.events.say(
        "checkpoint",
        step=progress.step,
        path=str(folder.relative_to(job.attempt.folder)),
        sha256=written.sha256,
        bytes=written.bytes,
        layout=learner.loaded.layout,
        values=values,
        final=final,
    )


def stop_early(job: Job, step: int, total: int) -> None:
    """Say that the run ends here, having done all that there was to do."""
    job.log(f"ends after {step} of {total} steps: nothing has become better for a while")
    job.events.say("progress", step=step, total_steps=step, seconds_left=0)
