"""How a job is left before its end, and could go on. Light: no torch."""

from __future__ import annotations

from engine.events import EXIT_FINISHED, EXIT_PAUSED, EXIT_STOPPED
from engine.job import Job

LEAVING = {"stop": ("stopped", EXIT_STOPPED), "pause": ("paused", EXIT_PAUSED)}


def leave(job: Job, want: str) -> int:
    """Say how the job was left. Launched with others, it ends with 0: their launcher takes anything
    else for a crash, and the state says it all."""
    state, code = LEAVING[want]
    job.events.say("state", state=state)
    if job.world.size == 1:
        return code
    from engine import together

    together.leave(job.world)
    return EXIT_FINISHED
