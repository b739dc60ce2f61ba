"""Tells the workers to look into the queue. Best effort: the queue is the Job table.

An announcement that is lost, doubled or late does no harm, so nobody waits long for the broker:
the scheduler announces again (`training.tasks.reannounce`).
"""

import logging

from celery import current_app

from authoring.announce import BROKER_ERRORS, impatient_connection
from training.models import Queue

TASKS = {Queue.DEVICE: "training.tasks.work", Queue.LIGHT: "training.tasks.work_lightly"}
log = logging.getLogger(__name__)


def announce_now(job_id: int, queue: str = Queue.DEVICE) -> bool:
    """Send one message; False when the broker doesn't take it."""
    try:
        with impatient_connection() as connection:
            current_app.send_task(
                TASKS[Queue(queue)],
                args=[job_id],
                queue=str(queue),
                connection=connection,
                retry=False,
                ignore_result=True,
            )
    except BROKER_ERRORS as error:
        log.warning("queued, not announced: %s", error, extra={"job_id": job_id})
        return False
    return True


def waiting_messages(queue: str = Queue.DEVICE) -> int:
    """Messages that no worker has taken yet. Raises one of BROKER_ERRORS."""
    with impatient_connection() as connection:
        return connection.default_channel.queue_declare(str(queue), passive=False).message_count
