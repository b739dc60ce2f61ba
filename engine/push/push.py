"""The job: an export's files to where they shall go; what may pass by itself is tried again."""

from __future__ import annotations

import time
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from engine.errors import SpecError, Unreachable
from engine.events import EXIT_FINISHED
from engine.job import Job
from engine.leaving import leave
from engine.push.names import is_name
from engine.push.parcel import Item, open_parcel
from engine.push.watch import Asked, Watch
from engine.settings import PushSettings
from engine.words import _

PATIENCE = (2.0, 10.0, 30.0)
"""Seconds before each further try where the other side does not answer, or is too busy."""

DESTINATIONS = {"hub": "engine.push.hub", "s3": "engine.push.s3"}
"""Imported when asked for, each with `push(parcel, watch) -> Landed`."""


class Parcel(NamedTuple):
    """What is sent, and where to."""

    settings: PushSettings
    items: list[Item]
    title: str
    """What it is, in one line."""
    memory: Path
    """A file in which a destination keeps what a later attempt goes on by."""


class Landed(NamedTuple):
    """Where it arrived."""

    url: str
    revision: str = ""
    """The hub's commit, where there is one."""
    open: bool | None = None
    """Whether everybody may read it; None where the other side doesn't say."""


def run(job: Job) -> int:
    """Send everything; returns the exit code. Raises CredentialsRefused, TargetRefused, Unreachable,
    and DataError for an export that is not what it was."""
    settings = job.settings(PushSettings)
    if not is_name(settings.destination, settings.name):
        raise SpecError({"name": _("%(name)s can't be pushed to", name=repr(settings.name))})
    items = open_parcel(Path(job.spec.model.path))
    title = str(job.spec.lineage.get("name", "An export"))
    parcel = Parcel(settings, items, title, job.run.root / "uploads.json")
    watch = Watch(job, items)
    job.events.say("state", state="running", total_steps=watch.total)
    try:
        landed = _with_patience(job, parcel, watch)
    except Asked as asked:
        return leave(job, asked.want)
    watch.say()
    job.events.say("pushed", url=landed.url, revision=landed.revision, open=landed.open)
    job.events.say("state", state="finished")
    return EXIT_FINISHED


def _with_patience(job: Job, parcel: Parcel, watch: Watch) -> Landed:
    destination = import_module(DESTINATIONS[parcel.settings.destination])
    for seconds in PATIENCE:
        try:
            return destination.push(parcel, watch)
        except Unreachable as error:
            job.log(f"{error.message}; trying again in {seconds:g} s", "warning")
        over = time.monotonic() + seconds
        while (left := over - time.monotonic()) > 0:
            watch.look()
            time.sleep(min(left, 0.5))
    return destination.push(parcel, watch)
