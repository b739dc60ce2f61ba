"""States of a job and the ways between them: the one table, held by tests and drawn in docs/states.md.

    waiting → queued → … (a run of a chain waits until the run before it is over; else it is stopped)

    queued → starting → running → finished
                │          ├────→ failed
                │          ├────→ stopped
                ├──────────┴────→ paused → queued
                └─ its worker shuts down, or its project is deleted ─→ queued

A finished job stays so, but for an evaluation that is to be measured again, and an export whose files are gone.

`wants` says what a person asked of a live job; the runner passes it on and reports what came of it.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from authoring.states import NotAllowed, Transition, after

__all__ = ["JOB", "LIVE", "OVER", "JobState", "NotAllowed", "Want", "after"]


class JobState(TextChoices):
    WAITING = "waiting", _("waiting for a run")
    QUEUED = "queued", _("queued")
    STARTING = "starting", _("starting")
    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    FINISHED = "finished", _("finished")
    STOPPED = "stopped", _("stopped")
    FAILED = "failed", _("failed")


class Want(TextChoices):
    RUN = "run", _("run")
    PAUSE = "pause", _("pause")
    STOP = "stop", _("stop")


LIVE = frozenset({"starting", "running"})
"""Somebody should hold a lease; if it is dead, the job is up for taking over."""
OVER = frozenset({"finished", "stopped", "failed"})

JOB: dict[str, Transition] = {
    "claim": Transition(frozenset({"queued", "starting", "running"}), "starting"),
    "start": Transition(frozenset({"starting"}), "running"),
    "requeue": Transition(frozenset({"starting", "running"}), "queued"),
    "finish": Transition(frozenset({"starting", "running"}), "finished"),
    "fail": Transition(frozenset({"queued", "starting", "running"}), "failed"),
    "pause": Transition(frozenset({"queued", "starting", "running"}), "paused"),
    "resume": Transition(frozenset({"paused"}), "queued"),
    "stop": Transition(
        frozenset({"waiting", "queued", "starting", "running", "paused"}), "stopped"
    ),
    "retry": Transition(frozenset({"stopped", "failed"}), "queued"),
    "again": Transition(frozenset({"finished"}), "queued"),
    "wait": Transition(frozenset({"stopped", "failed"}), "waiting"),
    "release": Transition(frozenset({"waiting"}), "queued"),
    "cancel": Transition(frozenset({"waiting"}), "stopped"),
}

SAID = (
    pgettext_lazy("deed", "claim"),
    pgettext_lazy("deed", "start"),
    pgettext_lazy("deed", "requeue"),
    pgettext_lazy("deed", "finish"),
    pgettext_lazy("deed", "fail"),
    pgettext_lazy("deed", "pause"),
    pgettext_lazy("deed", "resume"),
    pgettext_lazy("deed", "stop"),
    pgettext_lazy("deed", "retry"),
    pgettext_lazy("deed", "again"),
    pgettext_lazy("deed", "wait"),
    pgettext_lazy("deed", "release"),
    pgettext_lazy("deed", "cancel"),
    pgettext_lazy("deed", "checkpoint"),
    pgettext_lazy("deed", "move"),
)
"""The deeds as NotAllowed says them: marked here, so that they are translated."""
