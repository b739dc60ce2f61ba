"""A job: one thing for the queue. A `Run` trains; an `Evaluation` (evaluation app) measures; an `Export`
writes; these need a device. A `Push` sends, and is the light workers'.

This table is the queue. A Celery message only says "look"; the lease here decides. Its times are
the database's clock (`Now()`), so that workers' clocks may differ.
"""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from authoring.models import Project
from engine.run_dir import RunDir
from training.states import LIVE, OVER, JobState, Want


class Kind(models.TextChoices):
    RUN = "run"
    EVALUATION = "evaluation"
    EXPORT = "export"
    PUSH = "push"


class Queue(models.TextChoices):
    """Which workers carry a job out; Celery's queues have the same names."""

    DEVICE = "device"
    LIGHT = "light"


LIGHT_KINDS = (Kind.PUSH,)
"""Jobs that move bytes and compute nothing: no device waits for them."""


class JobQuerySet(models.QuerySet["Job"]):
    def of(self, queue: str) -> "JobQuerySet":
        """The jobs of one kind of worker."""
        light = Q(kind__in=LIGHT_KINDS)
        return self.filter(light if queue == Queue.LIGHT else ~light)

    def live(self) -> "JobQuerySet":
        """Somebody works on it, or did until their heart stopped."""
        return self.filter(state__in=LIVE)

    def abandoned(self) -> "JobQuerySet":
        """Live by state, but nobody's heart beats."""
        return self.filter(_abandoned())

    def unheld(self) -> "JobQuerySet":
        """Nobody works on it."""
        return self.filter(~Q(state__in=LIVE) | _abandoned())

    def present(self) -> "JobQuerySet":
        """Of projects that are there: a deleted one's jobs wait until it is brought back. One at work saves
        and goes back into the queue (`training.runner.wishes`)."""
        return self.filter(project__in=Project.objects.present())

    def claimable(self, queue: str = Queue.DEVICE) -> "JobQuerySet":
        """What a free worker may take, in queue order."""
        free = self.of(queue).present().filter(Q(state=JobState.QUEUED) | _abandoned())
        return free.in_queue_order()

    def in_queue_order(self) -> "JobQuerySet":
        return self.order_by("-priority", "place", "id")

    def in_line(self) -> "JobQuerySet":
        """Waiting for a device, in the order in which they will get one."""
        return self.of(Queue.DEVICE).present().filter(state=JobState.QUEUED).in_queue_order()

    def held_by(self, owner: str, fence: int) -> "JobQuerySet":
        """The fence check: every write of a runner goes through this filter."""
        return self.live().filter(owner=owner, fence=fence)


def _abandoned() -> Q:
    dead = Now() - timedelta(seconds=settings.LEASE_DEAD_AFTER_SECONDS)
    return Q(state__in=LIVE) & (Q(heartbeat_at=None) | Q(heartbeat_at__lt=dead))


class Job(models.Model):
    kind = models.CharField(max_length=12, choices=Kind)
    project = models.ForeignKey("authoring.Project", models.CASCADE, related_name="jobs")
    created_by = models.ForeignKey("authoring.User", models.PROTECT, related_name="jobs")
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    wants = models.CharField(max_length=6, choices=Want, default=Want.RUN)
    checkpoint_requests = models.PositiveIntegerField(default=0)
    priority = models.SmallIntegerField(default=0)
    """Higher goes first: `training.actions.line.Priority`, and what evaluations bring along."""
    place = models.DateTimeField(db_default=Now())
    """Its place among jobs of its priority: when it was queued, or, where somebody moved it, the
    time of the one whose place it took."""
    devices = models.CharField(max_length=60, blank=True)
    """The device set of the worker of its newest attempt (`settings.WORKER_DEVICES`)."""

    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    owner = models.CharField(max_length=100, blank=True)
    fence = models.PositiveIntegerField(default=0)
    """Grows with each attempt; names the attempt's folder."""
    takeovers = models.PositiveSmallIntegerField(default=0)
    """How often a worker was lost under it since it last got anywhere (was queued, or saved)."""
    heartbeat_at = models.DateTimeField(null=True)
    events_offset = models.BigIntegerField(default=0)
    """Bytes of this attempt's events.jsonl already in the database."""
    log_offset = models.BigIntegerField(default=0)

    step = models.PositiveIntegerField(default=0)
    total_steps = models.PositiveIntegerField(default=0)
    seconds_left = models.FloatField(null=True)
    failure = models.JSONField(null=True, blank=True)
    """{type, message, remedy, traceback}"""

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "-priority", "place"], name="job_line")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=JobState.values), name="job_state_known"),
            models.CheckConstraint(condition=Q(wants__in=Want.values), name="job_want_known"),
            models.CheckConstraint(
                condition=Q(step__lte=F("total_steps")) | Q(total_steps=0),
                name="job_step_within_total",
            ),
        ]

    def __str__(self) -> str:
        return f"job {self.pk}"

    @property
    def run_dir(self) -> RunDir:
        return RunDir(Path(settings.RUNS_ROOT) / str(self.pk))

    @property
    def queue(self) -> Queue:
        return Queue.LIGHT if self.kind in LIGHT_KINDS else Queue.DEVICE

    @property
    def is_over(self) -> bool:
        return self.state in OVER

    def jobs_ahead(self) -> int:
        """How many queued jobs go before this one; 0 when it isn't queued."""
        order = list(Job.objects.in_line().values_list("pk", flat=True))
        return order.index(self.pk) if self.pk in order else 0
