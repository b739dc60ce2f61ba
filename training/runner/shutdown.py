"""How a worker's end reaches the job it works on: one byte in a pipe.

Celery lets running tasks finish when its worker is asked to end, which a model may take hours for.
A pipe made before the pool starts works in every pool (threads, prefork, solo) and from a signal
handler, where locks don't.
"""

import os
import select

from celery.signals import worker_init, worker_shutting_down

_pipe: tuple[int, int] | None = None


@worker_init.connect
def _open(**kwargs: object) -> None:
    global _pipe
    _pipe = os.pipe()


@worker_shutting_down.connect
def _tell(**kwargs: object) -> None:
    if _pipe:
        os.write(_pipe[1], b".")


def leaving() -> bool:
    """Whether this worker was asked to end. Never outside a worker."""
    if _pipe is None:
        return False
    readable, _, _ = select.select([_pipe[0]], [], [], 0)
    return bool(readable)
