"""When a waiting job can be expected to start: from what jobs like it took, where any did.

A guess is made only of seconds that were measured here: what no finished job tells is None, and so
is everything behind it that would need it.
"""

from collections.abc import Sequence
from heapq import heapify, heapreplace
from statistics import median

from authoring.models import Split
from engine.settings import GRPOSettings, SFTSettings
from training.models import Job, Kind, Run
from training.states import JobState

LOOKED_AT = 5
"""Finished jobs of the same kind whose median counts."""

UNKNOWN = float("inf")


def starts(live: Sequence[Job], line: Sequence[Job], workers: int) -> dict[int, float | None]:
    """Job id → seconds until it starts, for every job of the line, given in its order."""
    busy = [UNKNOWN if one.seconds_left is None else one.seconds_left for one in live]
    free = busy + [0.0] * max(0, workers - len(busy))
    heapify(free)
    found: dict[int, float | None] = {}
    for job in line:
        at = free[0] if free else UNKNOWN
        found[job.pk] = None if at == UNKNOWN else at
        if free:
            heapreplace(free, at + (duration(job) or UNKNOWN))
    return found


def duration(job: Job) -> float | None:
    """Seconds that it will take from where it stands."""
    if job.kind == Kind.EVALUATION:
        pace = _pace(Job.objects.filter(kind=Kind.EVALUATION), lambda one: one.total_steps)
        return None if pace is None else pace * job.total_steps
    if job.kind != Kind.RUN:
        return _pace(Job.objects.filter(kind=job.kind), lambda one: 1)
    run = Run.objects.select_related("snapshot").get(pk=job.pk)
    like = Run.objects.select_related("snapshot").filter(
        method=run.method, base_model=run.base_model, settings__tuning=run.settings.get("tuning")
    )
    pace = _pace(like, _work)
    left = 1 - job.step / job.total_steps if job.total_steps else 1.0
    return None if pace is None else pace * _work(run) * left


def _pace(jobs, work) -> float | None:
    """Seconds for one unit of work: of the newest that finished in one attempt, nothing between."""
    finished = jobs.filter(state=JobState.FINISHED, fence=1).order_by("-finished_at")[:LOOKED_AT]
    found = [
        (one.finished_at - one.started_at).total_seconds() / work(one)
        for one in finished
        if one.finished_at and one.started_at and work(one)
    ]
    return median(found) if found else None


def _work(run: Run) -> float:
    """Pairs that go through the model."""
    settings = run.engine_settings()
    if isinstance(settings, SFTSettings):
        return settings.epochs * run.snapshot.rows(Split.TRAIN)
    assert isinstance(settings, GRPOSettings)
    return settings.steps * settings.prompts_per_step * settings.group_size
