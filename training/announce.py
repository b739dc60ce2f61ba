"""Tells the device workers to look into the queue. Best effort: the queue is the Job table.

An announcement that is lost, doubled or late does no harm, so nobody waits long for the broker:
the scheduler announces again (`training.tasks.reannounce`).
"""

import logging

from celery import current_app

from authoring.announce import BROKER_ERRORS, impatient_connection

QUEUE = "device"
log = logging.getLogger(__name__)


def announce_now(job_id: int) -> bool:
    """Send one message; False when the broker doesn't take it."""
    try:
        with impatient_connection() as connection:
            current_app.send_task(
                "training.tasks.work",
                args=[job_id],
                queue=QUEUE,
                connection=connection,
                retry=False,
                ignore_result=True,
            )
    except BROKER_ERRORS as error:
        log.warning("queued, not announced: %s", error, extra={"job_id": job_id})
        return False
    return True


def waiting_messages() -> int:
    """Announcements that no worker has taken yet. Raises one of BROKER_ERRORS."""
    with impatient_connection() as connection:
        return connection.default_channel.queue_declare(QUEUE, passive=False).message_count
