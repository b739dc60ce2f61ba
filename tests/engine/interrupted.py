"""`python -m tests.engine.interrupted WAY COUNT METHOD RUN_DIR …`: the engine, ended in the middle.

It is the real `python -m engine`, but for one thing: at the COUNTth event (or synced file) it does to
itself what the world may do to it at any moment. So the moment can be random and needs no waiting.
"""

import os
import signal
import sys
from pathlib import Path

from engine import events
from engine.__main__ import leave, main
from engine.run_dir import Control, RunDir


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def pause() -> None:
    RunDir(Path(sys.argv[4])).ask(Control("pause"))


WAYS = {"kill": kill, "kill while saving": kill, "sigterm": terminate, "pause": pause}


def at(count: int, deed, doing):
    """`doing`, with `deed` done before its `count`th call."""
    calls = iter(range(1, sys.maxsize))

    def done(*args, **more):
        if next(calls) == count:
            deed()
        return doing(*args, **more)

    return done


if __name__ == "__main__":
    way, count = sys.argv[1], int(sys.argv[2])
    if way == "kill while saving":
        os.fsync = at(count, WAYS[way], os.fsync)
    else:
        events.EventLog.say = at(count, WAYS[way], events.EventLog.say)
    leave(main(sys.argv[3:]))
