"""What an attempt came to: from its exit code and its last words to a deed in `states.JOB`."""

import signal
from typing import NamedTuple

from authoring.errors import Text
from authoring.words import Kept, kept
from authoring.words import words as _
from engine.errors import EngineError
from engine.events import EXIT_FINISHED, EXIT_FULL, EXIT_ORPHANED, EXIT_PAUSED, EXIT_STOPPED
from training.states import Want

Failure = dict[str, Kept]
"""{type, message, remedy, traceback}, as Job.failure keeps it: sentences by their parts
(`authoring.words`), so that each reader is told in their own language."""

LEFT = frozenset({EXIT_STOPPED, EXIT_PAUSED, EXIT_ORPHANED})
"""Exit codes of a process that ended because it was asked to, and could go on."""

DEED_BY_WANT = {Want.STOP: "stop", Want.PAUSE: "pause", Want.RUN: "requeue"}


class Outcome(NamedTuple):
    """`deed` is a key of `training.states.JOB`: finish, stop, pause, requeue or fail."""

    deed: str
    failure: Failure | None = None

    @property
    def finished(self) -> bool:
        return self.deed == "finish"


def failed(type: str, message: Text, remedy: Text = "", traceback: str = "") -> Outcome:
    return Outcome(
        "fail",
        {
            "type": type,
            "message": kept(message),
            "remedy": kept(remedy),
            "traceback": traceback,
        },
    )


def left(want: str) -> Outcome:
    """It ended before its end, and could go on: stopped and paused if somebody wants that;
    otherwise it was the machine's or the worker's end, and the job waits for another worker."""
    return Outcome(DEED_BY_WANT[Want(want)])


def of_process(code: int, want: str, said: Failure | None, state: str = "") -> Outcome:
    """The outcome of a process that is over by itself.

    `code` is Popen's (negative: killed by that signal), `want` what people want of the job now,
    `said` the failure event that it left, `state` the last one that it said: several processes all
    end with 0 when they are asked to leave, since their launcher takes anything else for a crash.
    """
    if code == EXIT_FINISHED and state in ("stopped", "paused"):
        return left(want)
    if code == EXIT_FINISHED:
        return Outcome("finish")
    if code in LEFT:
        return left(want)
    if said:
        return Outcome("fail", said)
    if code == EXIT_FULL:
        return failed(
            "disk",
            _("The disk is full, or can't be written to."),
            _("Make room, then try again: it goes on from the newest checkpoint."),
        )
    if code == -signal.SIGKILL:
        return failed(
            "lost_process",
            _(
                "The engine was killed from outside (SIGKILL): most often the machine ran out of memory."
            ),
            _(
                "Free memory, lower the tokens per batch or the longest example, or choose LoRA; then "
                "retry. It goes on from the newest checkpoint."
            ),
        )
    return failed(
        "lost_process",
        _("The engine was ended by signal %(signal)s and did not say why.", signal=-code)
        if code < 0
        else _("The engine ended with code %(code)s and did not say why.", code=code),
        _("Read the end of the log, then retry. It goes on from the newest checkpoint."),
    )


def of_error(error: EngineError, traceback: str = "") -> Outcome:
    return failed(error.kind, error.message, error.remedy, traceback)
