"""What is said of a run before it starts, against what it takes: time, tokens, memory.

Each model is calibrated once, in a process of its own, as a device worker does; then runs of
different data and settings are estimated, carried out by `python -m engine sft`, and compared in
processor seconds with one thread.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings as studio

from engine.bundled import smollm2_folder
from engine.calibration import Calibration, estimate
from engine.fitting import fit
from engine.formatting import Formatter
from engine.learnt_tokenizer import train_tokenizer
from engine.presets import nano_shape
from engine.records import Record
from engine.settings import settings_for
from engine.spec import ModelRef
from engine.work import answering, passes_of, sft_work, total
from tests.bench.product import DATA, need
from tests.bench.trec import TASK, rows
from tests.engine.runs import curve, write_run

TASKS = {"seeds": {"kind": "free"}, "trec": {"kind": "classification", "labels": TASK["labels"]}}
MOST_VALIDATED = 64


def measure() -> Iterator[dict[str, Any]]:
    """One figure a run, then the worst and the median error of the time."""
    home = Path(os.environ.get("TEST_MODELS", studio.BASE_DIR / "var" / "test-models"))
    smollm2 = ModelRef("folder", path=str(smollm2_folder(home)))
    nano = ModelRef("scratch", preset="nano")
    errors = []
    with tempfile.TemporaryDirectory() as folder:
        trec, seeds = questions(Path(folder)), seed_tasks()
        cases = [
            ("SmolLM2 LoRA, TREC", smollm2, "lora", trec[:160], trec[160:176], {"batch_size": 16}),
            ("SmolLM2 LoRA, seed tasks", smollm2, "lora", seeds[:40], seeds[40:48], {"batch_size": 8}),
            ("SmolLM2 full, TREC", smollm2, "full", trec[:64], [], {"batch_size": 16}),
            ("nano, seed tasks", nano, "full", seeds[:120], seeds[120:], {"epochs": 8}),
            ("nano, TREC", nano, "full", trec[:1000], trec[1000:1064], {"epochs": 3}),
        ]  # fmt: skip
        known: dict[tuple[str, str], Calibration] = {}
        for at, (name, model, tuning, train, held_out, asked) in enumerate(cases):
            key = (model.source, tuning)
            if key not in known:
                known[key] = calibrated(Path(folder) / "-".join(key), model, tuning)
            asked = {"epochs": 1, "tuning": tuning, "learning_rate": 1e-4, **asked}
            figure = compared(
                Path(folder) / str(at), model, train, held_out, known[key], dict(asked)
            )
            errors.append(abs(figure["estimated_seconds"] / figure["seconds"] - 1))
            yield {"run": name, **figure}
    yield {"runs": len(errors), "median_error": round(statistics.median(errors), 3),
           "worst_error": round(max(errors), 3), "within_25_percent": max(errors) <= 0.25}  # fmt: skip


def calibrated(root: Path, model: ModelRef, tuning: str) -> Calibration:
    run = write_run(root, "calibrate", model, {}, tuning=tuning, **AS_IT_IS)
    process("calibrate", run.root)
    return Calibration.read(run.attempt(1).folder / "calibration.json")


def compared(
    root: Path,
    model: ModelRef,
    train: list[Record],
    held_out: list[Record],
    calibration: Calibration,
    asked: dict[str, Any],
) -> dict[str, Any]:
    splits = {"train": train, **({"validation": held_out} if held_out else {})}
    tasks = {name: {"labels": [], "metric": "token_f1", "reward": "token_f1", **one} for name, one in TASKS.items()}  # fmt: skip
    run = write_run(root, "sft", model, splits, tasks=tasks, **AS_IT_IS, **asked)
    settings = settings_for("sft", asked)
    folder = Path(model.path)
    if model.source == "scratch":
        folder = root / "tokenizer"
        train_tokenizer(train, nano_shape({})["vocabulary"], folder)
    formatter = Formatter.from_folder(folder)
    work = sft_work(fit(formatter, train, 0).examples, settings)
    looks, answers = None, None
    if held_out:
        seen = fit(formatter, held_out[:MOST_VALIDATED], 0).examples
        looks = total(passes_of(seen, settings.tokens_at_once))
        said = [len(one.ids) - one.prompt_length for one in seen]
        answers = answering([one.ids[: one.prompt_length] for one in seen], said, 64)
    expected = estimate(
        work,
        calibration,
        checkpoints=-(-work.steps // work.steps_per_epoch),
        validation=looks,
        validation_answers=answers,
    )
    seconds = process("sft", run.root)
    used = max(curve(run, "system/memory_bytes"))
    return {
        "steps": work.steps,
        "seconds": round(seconds, 1),
        "estimated_seconds": round(expected.seconds, 1),
        "of_it_start_up": round(expected.start_up, 1),
        "time_ratio": round(expected.seconds / seconds, 3),
        "memory_mib": round(used / 2**20),
        "estimated_memory_mib": round(expected.memory_bytes / 2**20),
        "memory_ratio": round(expected.memory_bytes / used, 3),
        "tokens": int(curve(run, "train/tokens")[-1]),
        "estimated_tokens": work.tokens,
        "threads": calibration.threads,
    }


AS_IT_IS = {"threads": 1, "dtype": "auto"}


def process(method: str, root: Path) -> float:
    """Run a job in a process of its own; the processor seconds that it took, with one thread what
    passes on the wall of an idle machine."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "engine", method, str(root)]
    subprocess.run(command, check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def questions(folder: Path) -> list[Record]:
    """TREC's training questions."""
    found = []
    for number, line in enumerate(rows(folder / "trec.jsonl").read_text().splitlines(), start=1):
        row = json.loads(line)
        if row["split"] == "train":
            turns = [{"role": "user", "content": TASK["instruction"]}]
            found.append(Record(number, number, "trec", turns, row["response"], input=row["input"]))
    return found


def seed_tasks() -> list[Record]:
    """Self-instruct's, the first instance of each."""
    found = []
    path = need(DATA / "self_instruct" / "seed_tasks.jsonl")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        row = json.loads(line)
        instance = row["instances"][0]
        turns = [{"role": "user", "content": row["instruction"]}]
        found.append(
            Record(number, number, "seeds", turns, instance["output"], input=instance["input"])
        )
    return found
