"""Whether queued jobs will be worked on: is the broker there, does a device worker answer?"""

from dataclasses import dataclass
from typing import Any

from celery import current_app
from celery.app.control import Control
from django.core.cache import cache
from django.utils.translation import gettext as _
from kombu import Connection

from training.announce import BROKER_ERRORS, impatient_connection
from training.models import Job, Queue

ANSWER_SECONDS = 1.0
FRESH_SECONDS = 5
"""How long an answer is believed: a page that polls must not ping each time."""


@dataclass(frozen=True)
class Warning:
    """What is missing and what to do about it. Nothing is lost meanwhile."""

    message: str
    remedy: str


@dataclass(frozen=True)
class WorkersStatus:
    broker: bool
    device: bool
    """A worker of the device queue answers, or is at work."""

    @property
    def warnings(self) -> list[Warning]:
        """For pages and REST; empty when all is well."""
        if not self.broker:
            return [
                Warning(
                    _("The message broker (Redis) does not answer."),
                    _(
                        "Start it, or start the whole studio with make run. Runs stay in the queue "
                        "and begin by themselves once it is back."
                    ),
                )
            ]
        if not self.device:
            return [
                Warning(
                    _("No device worker is running, so nothing trains yet."),
                    _(
                        "Start one with: celery -A instructstudio worker -Q device -c 1 -P threads "
                        "-n device@%h — or start the whole studio with make run. Runs stay in the "
                        "queue and begin by themselves once one is there."
                    ),
                )
            ]
        return []


def status() -> WorkersStatus:
    """As of now, or a few seconds ago. Takes at most about two seconds."""
    found = cache.get("training.workers")
    if found is None:
        found = WorkersStatus(*_ask())
        cache.set("training.workers", found, FRESH_SECONDS)
    return found


def _ask() -> tuple[bool, bool]:
    """(broker, device). Device workers are known by their names, device…@host, so that the first
    answer is enough and nobody waits for the others."""
    of_devices = Job.objects.of(Queue.DEVICE)
    working = of_devices.live().exclude(pk__in=of_devices.abandoned()).exists()
    try:
        with impatient_connection() as connection:
            connection.default_channel.client.ping()
            return True, working or bool(_ping(connection))
    except BROKER_ERRORS:
        return False, working


def _ping(connection: Connection) -> list[dict[str, Any]]:
    control = Control(current_app)
    control.mailbox.producer_pool = None  # the pool's connections are patient; ours is not
    return control.broadcast(
        "ping",
        reply=True,
        connection=connection,
        timeout=ANSWER_SECONDS,
        limit=1,
        pattern="device*",
        matcher="glob",
    )
