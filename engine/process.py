"""A job from its first event to its exit code: whatever goes wrong gets a type and a remedy."""

from __future__ import annotations

import contextlib
import errno
import re
import sys
import traceback
from importlib import import_module
from pathlib import Path

from engine.errors import DiskError, EngineError, OutOfMemory, SpecError
from engine.events import EXIT_FAILED, EXIT_FULL, EventLog, read
from engine.job import Job
from engine.run_dir import RunDir
from engine.words import Words, _

MODULES = {
    "sft": "engine.objectives.sft",
    "grpo": "engine.objectives.grpo",
    "predict": "engine.predict",
    "calibrate": "engine.calibrate",
    "export": "engine.export",
    "push": "engine.push.push",
}
"""Imported when asked for, each with `run(job) -> exit code`: torch takes seconds."""

MEMORY = ("out of memory", "can't allocate memory", "STATUS_ALLOC_FAILED")
"""What PyTorch says, and CUDA's libraries, where memory runs out."""

DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG}
"""The system's words for a disk that takes no more."""


def run(method: str, root: Path, fence: int, resume: Path | None) -> int:
    """Run a job in this process; returns its exit code and never raises for a failed job."""
    try:
        job = Job.open(root, fence, resume)
    except (EngineError, OSError, ValueError, KeyError, TypeError) as error:
        return _fail_without_job(root, fence, error)
    try:
        job.requests.stop_on_sigterm()
        if job.spec.method != method:
            job.log(f"the spec says {job.spec.method}, the command {method}", "warning")
        return import_module(MODULES[method]).run(job)
    except Exception as error:
        return _fail(job, error)
    finally:
        with contextlib.suppress(OSError):
            job.events.close()


def typed(error: BaseException) -> EngineError:
    """Any error as one of ours, which names a kind and a remedy."""
    if isinstance(error, EngineError):
        return error
    text = str(error)
    if _disk_error(error):
        return DiskError(
            _("the disk is full or can't be written: %(text)s", text=text),
            _("Free some space or delete old checkpoints, then resume."),
        )
    if isinstance(error, MemoryError) or any(words in text for words in MEMORY):
        return OutOfMemory(
            _out_of_memory(text),
            _(
                "Lower the tokens at once (tokens_per_batch) or the longest example "
                "(max_length), or choose a smaller model; then try again."
            ),
        )
    return EngineError(
        _in_its_own_words(error),
        _("This is a fault of the studio's; report it with the traceback."),
    )


def _in_its_own_words(error: BaseException) -> Words:
    return _("%(error)s: %(text)s", error=type(error).__name__, text=str(error))


def _out_of_memory(text: str) -> Words:
    """With how much was asked for, where PyTorch says it; its own words stand in the traceback."""
    if found := re.search(r"tried to allocate (\d+) bytes", text):
        asked = f"{int(found[1]) / 2**30:.1f} GiB"
    elif found := re.search(r"[Tt]ried to allocate ([\d.]+ [KMGT]iB)", text):
        asked = found[1]
    else:
        return _("The device's memory ran out.")
    return _("The device's memory ran out: %(asked)s were asked for at once.", asked=asked)


def _disk_error(error: BaseException) -> bool:
    """Whether the disk is to blame; safetensors gives the system's error number in its text."""
    if isinstance(error, OSError):
        return error.errno in DISK
    return any(f"(os error {number})" in str(error) for number in DISK)


def _fail(job: Job, error: Exception) -> int:
    known = typed(error)
    trace = _print(error)
    try:
        if job.world.size == 1 or not _said(job, "failure"):  # one fails first, the others of that
            _say_failure(EventLog(job.attempt.events), known, trace)
    except OSError as refused:
        return EXIT_FULL if _disk_error(refused) else EXIT_FAILED
    return EXIT_FAILED


def _print(error: Exception) -> str:
    """An error's traceback, printed: which a log on a full disk may not take."""
    trace = "".join(traceback.format_exception(error))
    with contextlib.suppress(OSError):
        print(trace, file=sys.stderr, flush=True)
    return trace


def _said(job: Job, kind: str) -> bool:
    """Whether a process of this attempt has said an event of a kind."""
    batch = read(job.attempt.events)
    while batch.events:
        if any(one["kind"] == kind for one in batch.events):
            return True
        batch = read(job.attempt.events, batch.offset)
    return False


def _fail_without_job(root: Path, fence: int, error: Exception) -> int:
    """Fail before the spec could be read: say so in the attempt's events, if it has a folder."""
    if isinstance(error, EngineError):
        known = error
    else:
        known = SpecError({"spec.json": _in_its_own_words(error)})
    trace = _print(error)
    if root.is_dir():
        with contextlib.suppress(OSError):
            events = EventLog(RunDir(root).attempt(fence).events)
            _say_failure(events, known, trace)
    return EXIT_FAILED


def _say_failure(events: EventLog, known: EngineError, trace: str) -> None:
    events.say(
        "failure",
        type=known.kind,
        message=known.message,
        remedy=known.remedy,
        said={"message": known.message.parts(), "remedy": known.remedy.parts()},
        traceback=trace,
    )
    events.say("state", state="failed")
