"""Tells the device workers to look into the queue. Best effort: the queue is the Job table.

An announcement that is lost, doubled or late does no harm, so nobody waits long for the broker:
the scheduler announces again (`training.tasks.reannounce`).
"""

import logging

from celery import current_app
from django.conf import settings
from kombu import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

QUEUE = "device"
BROKER_ERRORS = (KombuError, RedisError, OSError)
PATIENCE = {
    "max_retries": 0,
    "socket_connect_timeout": 1.0,
    "socket_timeout": 2.0,
    "retry_on_timeout": False,
}

log = logging.getLogger(__name__)


def impatient_connection() -> Connection:
    """A broker connection that gives up in about two seconds: a page may be waiting."""
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, **PATIENCE}
    return current_app.connection_for_write(settings.CELERY_BROKER_URL, transport_options=options)


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
        log.warning("job %s is queued but was not announced: %s", job_id, error)
        return False
    return True


def waiting_messages() -> int:
    """Announcements that no worker has taken yet. Raises one of BROKER_ERRORS."""
    with impatient_connection() as connection:
        return connection.default_channel.queue_declare(QUEUE, passive=False).message_count
