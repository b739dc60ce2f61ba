"""Messages to the light workers. Best effort: the Import table is what decides.

A message that is lost, doubled or late does no harm, so nobody waits long for the broker: the
scheduler announces again (`authoring.tasks.look_after_imports`).
"""

import logging

from celery import current_app
from django.conf import settings
from kombu import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

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


def announce_now(task: str, pk: int) -> bool:
    """Send one message that carries an id; False when the broker doesn't take it."""
    try:
        with impatient_connection() as connection:
            current_app.send_task(
                task, args=[pk], connection=connection, retry=False, ignore_result=True
            )
    except BROKER_ERRORS as error:
        log.warning("%s(%s) was not announced: %s", task, pk, error)
        return False
    return True
