"""How far a push is, and whether somebody asks it to end: looked at with every piece that leaves."""

from __future__ import annotations

import io
import time
from collections.abc import Iterable

from engine.job import Job
from engine.leaving import LEAVING
from engine.push.parcel import Item

MEGABYTE = 1 << 20
EVERY = 0.5
"""Seconds between two looks, and between two words."""


class Asked(Exception):
    """Somebody wants the push to end; `want` is stop or pause."""

    def __init__(self, want: str) -> None:
        super().__init__(want)
        self.want = want


class Watch:
    """Counts bytes that arrived; says so in megabytes, which are the steps of this job."""

    def __init__(self, job: Job, items: Iterable[Item]) -> None:
        self._job = job
        self._sizes = {one.name: one.size for one in items}
        self._sent = dict.fromkeys(self._sizes, 0)
        self._began = time.monotonic()
        self._looked = 0.0
        self.total = -(-sum(self._sizes.values()) // MEGABYTE)

    def sent(self, name: str, there: int) -> None:
        """`there` bytes of a file are at their place. Raises Asked."""
        self._sent[name] = there
        now = time.monotonic()
        if now - self._looked >= EVERY:
            self._looked = now
            self.say()
            self.look()

    def arrived(self, name: str) -> None:
        """A whole file is at its place."""
        self.sent(name, self._sizes[name])

    def look(self) -> None:
        """Raises Asked when somebody wants it to end."""
        if (want := self._job.requests.want()) in LEAVING:
            raise Asked(want)

    def log(self, message: str, level: str = "info") -> None:
        self._job.log(message, level)

    def say(self) -> None:
        done, everything = sum(self._sent.values()), sum(self._sizes.values())
        passed = time.monotonic() - self._began
        left = passed * (everything - done) / done if done else None
        step = min(-(-done // MEGABYTE), self.total)
        self._job.events.say("progress", step=step, total_steps=self.total, seconds_left=left)


class Watched(io.BufferedReader):
    """A file that tells the watch how far it was read, once `watched`: reading it for its sum is no
    progress."""

    watched = False

    def __init__(self, item: Item, watch: Watch) -> None:
        super().__init__(io.FileIO(item.path))
        self._item = item
        self._watch = watch

    def read(self, size: int | None = -1) -> bytes:
        data = super().read(size)
        if self.watched:
            self._watch.sent(self._item.name, self.tell())
        return data
