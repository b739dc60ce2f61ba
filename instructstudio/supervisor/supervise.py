"""Starts the children, restarts one that crashed and says so, and stops all of them together.

Children live in sessions of their own, so that Ctrl-C reaches only the supervisor, which then stops
them in order. On Linux they also die with it, should it be killed.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from instructstudio.supervisor.children import Child

LONGEST_PAUSE = 30.0
LARGEST_LOG = 10 * 1024 * 1024
"""Bytes of a child's log before it is set aside."""
PR_SET_PDEATHSIG = 1

Say = Callable[[str], None]


class Supervisor:
    """Holds the running processes by child name."""

    def __init__(self, children: list[Child], *, cwd: Path, logs: Path, say: Say) -> None:
        self.children = children
        self.cwd = cwd
        self.logs = logs
        self.say = say
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.crashes: dict[str, int] = {}
        self.due: dict[str, float] = {}
        self.stopping = False

    def start(self, child: Child) -> None:
        """Start one child; what it prints goes into a file of its own, kept to the last two."""
        log = self.log_of(child)
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".1.log"))
        with open(log, "ab") as output:
            self.running[child.name] = self._popen(child, output)

    def log_of(self, child: Child) -> Path:
        return self.logs / f"{child.name}.log"

    def _popen(self, child: Child, output: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            child.command,
            cwd=self.cwd,
            env=os.environ
            | {"CELERY_SKIP_CHECKS": "1"}  # the supervisor's own command made them
            | child.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )

    def start_all(self) -> None:
        for child in self.children:
            self.start(child)

    def watch(self, *, tick: float = 0.5) -> None:
        """Restart what crashes, until `stop_soon` was called (by a signal)."""
        while not self.stopping:
            self.revive()
            time.sleep(tick)

    def revive(self) -> None:
        """Restart children that ended by themselves: at once, then after 1, 2, 4 … 30 s."""
        now = time.monotonic()
        for child in self.children:
            code = self.running[child.name].poll()
            if code is None:
                continue
            if child.name not in self.due:
                crashes = self.crashes[child.name] = self.crashes.get(child.name, 0) + 1
                pause = min(2.0 ** (crashes - 2), LONGEST_PAUSE) if crashes > 1 else 0.0
                self.due[child.name] = now + pause
                self.say(
                    f"{child.name} ended with code {code}; restarting it"
                    + (f" in {pause:g} s" if pause else "")
                    + f" (its log: {self.log_of(child)})"
                )
            if now >= self.due[child.name]:
                del self.due[child.name]
                self.start(child)

    def stop_soon(self, *_: object) -> None:
        """A signal handler: leave `watch`."""
        self.stopping = True

    def stop_all(self) -> None:
        """SIGTERM to all but the broker; then, once they are gone, to the broker. SIGKILL the late."""
        (*others,) = (child for child in self.children if child.name != "redis")
        brokers = [child for child in self.children if child.name == "redis"]
        for group in (others, brokers):
            for child in group:
                self._signal(child, signal.SIGTERM)
            started = time.monotonic()
            for child in group:
                self._await(child, started + child.stop_seconds)

    def _signal(self, child: Child, number: signal.Signals) -> None:
        process = self.running.get(child.name)
        if process and process.poll() is None:
            process.send_signal(number)

    def _await(self, child: Child, deadline: float) -> None:
        process = self.running.get(child.name)
        if process is None:
            return
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.say(f"{child.name} did not end in {child.stop_seconds:g} s; killed")
            process.kill()
            process.wait()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
