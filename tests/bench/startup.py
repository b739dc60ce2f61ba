"""From `python -m engine sft` to the first finished step: SmolLM2 with LoRA, on a processor.

16 TREC questions, as many threads as cores are free, interpreter and imports included. On the wall, as
a person waits, and in processor seconds, which other work on the machine changes less.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engine import events
from engine.run_dir import RunDir
from engine.spec import ModelRef
from tests.bench.sft_vs_trl import BATCH, LORA, smollm2, trec
from tests.engine.runs import write_run

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "3"))
LOOK = 0.02
"""Seconds between two looks at what the engine says."""


def measure() -> Iterator[dict[str, Any]]:
    """The median of some starts, and each of them."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        model = ModelRef("folder", path=str(smollm2(Path(folder), [])))
        for number in range(ROUNDS):
            settings = {**LORA, "batch_size": BATCH, "epochs": 1.0, "threads": 0, "dtype": "auto"}
            pairs = {"train": trec()[0][:BATCH]}
            run = write_run(Path(folder) / str(number), "sft", model, pairs, **settings)
            found.append(started(run))
    yield {
        "seconds_to_first_step": round(statistics.median(wall for wall, _ in found), 2),
        "cpu_seconds": round(statistics.median(used for _, used in found), 2),
        "every": [round(wall, 2) for wall, _ in found],
        "under_12_seconds": statistics.median(wall for wall, _ in found) < 12,
    }


def started(run: RunDir) -> tuple[float, float]:
    """Seconds until the first step is said, and processor seconds of the whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "engine", "sft", str(run.root)])
    while not stepped(run):
        if process.poll() not in (None, events.EXIT_FINISHED):
            raise RuntimeError(f"the engine ended with {process.returncode}")
        time.sleep(LOOK)
    seconds = time.perf_counter() - began
    process.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, used


def stepped(run: RunDir) -> bool:
    said = events.read(run.attempt(1).events).events
    return any(one["kind"] == "point" and "train/loss" in one["values"] for one in said)
