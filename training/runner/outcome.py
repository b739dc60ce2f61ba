"""What an attempt came to: from its exit code and its last words to a deed in `states.JOB`."""

import signal
from typing import Any, NamedTuple

from engine.events import (
    EXIT_FINISHED,
    EXIT_ORPHANED,
    EXIT_PAUSED,
    EXIT_STOPPED,
)

Failure = dict[str, str]
"""{type, message, remedy, traceback}, as Job.failure keeps it."""


class Outcome(NamedTuple):
    """`deed` is a key of `training.states.JOB`: finish, stop, pause, requeue or fail."""

    deed: str
    failure: Failure | None = None

    @property
    def finished(self) -> bool:
        return self.deed == "finish"


def failed(type: str, message: str, remedy: str = "", traceback: str = "") -> Outcome:
    """A failure as the page shows it. English; the page translates by `type` where it can."""
    return Outcome(
        "fail",
        {"type": type, "message": message, "remedy": remedy, "traceback": traceback},
    )


def outcome_of(code: int, said: Failure | None, log_tail: str, *, leaving: bool) -> Outcome:
    """The outcome of a process that is over.

    `code` is Popen's return code (negative: killed by that signal), `said` the failure event it
    left, `leaving` whether this worker is shutting down and had asked it to save.
    """
    match code:
        case _ if code == EXIT_FINISHED:
            return Outcome("finish")
        case _ if code == EXIT_STOPPED:
            return Outcome("stop")
        case _ if code == EXIT_PAUSED:
            return Outcome("requeue" if leaving else "pause")
        case _ if code == EXIT_ORPHANED or leaving:
            return Outcome("requeue")
        case _ if code < 0:
            return _killed(-code)
        case _ if said:
            return Outcome("fail", said)
    return failed(
        "lost_process",
        f"The engine ended with code {code} and did not say why.",
        "Read the end of the log below; then retry, which goes on from the newest checkpoint.",
        log_tail,
    )


def _killed(number: int) -> Outcome:
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    if number == signal.SIGKILL:
        return failed(
            "out_of_memory",
            "The engine was killed from outside (SIGKILL); most often the machine ran out of memory.",
            "Lower the tokens per batch or the longest example, choose LoRA, or free memory; then retry.",
        )
    return failed(
        "lost_process",
        f"The engine was ended from outside ({name}).",
        "Retry: it goes on from the newest checkpoint.",
    )


def from_error(error: Any, traceback: str = "") -> Outcome:
    """A StudioError or EngineError raised before or after the process, as a failure."""
    kind = getattr(error, "kind", type(error).__name__)
    return failed(str(kind), str(error.message), str(error.remedy), traceback)
