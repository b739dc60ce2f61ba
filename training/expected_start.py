"""When a waiting job can be expected to start: from what jobs like it took, where any did.

A guess is made only of seconds that were measured here: what no finished job tells is None, and so
is everything behind it that would need it.
"""

from collections.abc import Callable, Hashable, Sequence
from heapq import heapify, heapreplace
from statistics import median
from typing import Any

from django.db.models import QuerySet

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
    paces = Paces(line)
    found: dict[int, float | None] = {}
    for job in line:
        at = free[0] if free else UNKNOWN
        found[job.pk] = None if at == UNKNOWN else at
        if free:
            heapreplace(free, at + (paces.duration(job) or UNKNOWN))
    return found


class Paces:
    """What a unit of each kind of work took: each is asked of the database once, however long the line."""

    def __init__(self, line: Sequence[Job]) -> None:
        runs = Run.objects.select_related("snapshot")
        self._runs = runs.in_bulk([one.pk for one in line if one.kind == Kind.RUN])
        self._known: dict[Hashable, float | None] = {}

    def duration(self, job: Job) -> float | None:
        """Seconds that a job of the line will take from where it stands."""
        if job.kind == Kind.RUN:
            return self._rest_of(self._runs[job.pk])
        like = Job.objects.filter(kind=job.kind)
        if job.kind != Kind.EVALUATION:
            return self._pace(job.kind, like, lambda one: 1)
        pace = self._pace(job.kind, like, lambda one: one.total_steps)
        return None if pace is None else pace * job.total_steps

    def _rest_of(self, run: Run) -> float | None:
        tuning = run.settings.get("tuning")
        like = Run.objects.select_related("snapshot").filter(
            method=run.method, base_model_id=run.base_model_id, settings__tuning=tuning
        )
        pace = self._pace((run.method, run.base_model_id, tuning), like, _work)
        left = 1 - run.step / run.total_steps if run.total_steps else 1.0
        return None if pace is None else pace * _work(run) * left

    def _pace(
        self, kind: Hashable, like: QuerySet[Any], work: Callable[[Any], float]
    ) -> float | None:
        """Seconds for one unit of work: of the newest that finished in one attempt, nothing between."""
        if kind not in self._known:
            finished = like.filter(state=JobState.FINISHED, fence=1).order_by("-finished_at")
            found = [
                (one.finished_at - one.started_at).total_seconds() / work(one)
                for one in finished[:LOOKED_AT]
                if one.finished_at and one.started_at and work(one)
            ]
            self._known[kind] = median(found) if found else None
        return self._known[kind]


def _work(run: Run) -> float:
    """Pairs that go through the model."""
    settings = run.engine_settings()
    if isinstance(settings, SFTSettings):
        return settings.epochs * settings.learnt(run.snapshot.rows(Split.TRAIN))
    assert isinstance(settings, GRPOSettings)
    return settings.steps * settings.prompts_per_step * settings.group_size
