"""What is said of a run before it starts, against what it takes: time, tokens, memory.

Each model is calibrated once, in a process of its own, as a device worker does; then runs of
different data and settings are estimated, carried out by `python -m engine`, and compared in
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
from typing import Any, NamedTuple

from django.conf import settings as studio

from engine.bundled import smollm2_folder
from engine.calibration import Calibration, Estimate, estimate
from engine.fitting import fit
from engine.formatting import Formatter
from engine.learnt_tokenizer import train_tokenizer
from engine.presets import nano_shape
from engine.reading import FORMATTERS, ClassFormatter
from engine.reckoned import reckoned
from engine.records import Record
from engine.settings import GRPOSettings, SFTSettings, TrainSettings, settings_for
from engine.spec import ModelRef
from engine.work import Training, answering, grpo_work, passes_of, reads_of, sft_work, total
from tests.bench.product import DATA, need
from tests.bench.trec import TASK, rows
from tests.engine.runs import curve, final_checkpoint, write_run

TASKS = {
    "seeds": {"kind": "free"},
    "trec": {"kind": "classification", "labels": TASK["labels"], "metric": "accuracy", "reward": "label_match"},
}  # fmt: skip
NANOS = ("decoder", "lstm", "encoder_decoder", "encoder_classifier")
MOST_VALIDATED = 64


class Case(NamedTuple):
    """A run to be told beforehand."""

    name: str
    model: ModelRef
    tuning: str
    train: list[Record]
    held_out: list[Record]
    asked: dict[str, Any]
    method: str = "sft"


def measure() -> Iterator[dict[str, Any]]:
    """One figure a run, small models first, then the worst and the median error of time and memory."""
    home = Path(os.environ.get("TEST_MODELS", studio.BASE_DIR / "var" / "test-models"))
    smollm2 = ModelRef("folder", path=str(smollm2_folder(home)))
    nano, lstm, both, classifier = (ModelRef("scratch", preset="nano", architecture=one) for one in NANOS)  # fmt: skip
    figures = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        trec, seeds = questions(root), seed_tasks()
        few, looked = trec[:1000], trec[1000:1064]
        taught = sft_first(root / "taught", nano, trec[2000:3000])
        cases = [
            Case("nano, seed tasks", nano, "full", seeds[:120], seeds[120:], {"epochs": 8}),
            Case("nano, TREC", nano, "full", few, looked, {"epochs": 3}),
            Case("nano GRPO, TREC", taught, "full", few, looked, {"steps": 40, "max_new_tokens": 6}, "grpo"),
            Case("nano LSTM, TREC", lstm, "full", few, looked, {"epochs": 2}),
            Case("nano encoder–decoder, TREC", both, "full", few, looked, {"epochs": 2}),
            Case("nano classifier, TREC", classifier, "full", few, looked, {"epochs": 3}),
            Case("SmolLM2 LoRA, TREC", smollm2, "lora", trec[:160], trec[160:176], {"batch_size": 16}),
            Case("SmolLM2 LoRA rank 128, TREC", smollm2, "lora", trec[:160], [], {"lora_rank": 128}),
            Case("SmolLM2 LoRA, seed tasks", smollm2, "lora", seeds[:40], seeds[40:48], {"batch_size": 8}),
            Case("SmolLM2 full, TREC", smollm2, "full", trec[:64], [], {"batch_size": 16}),
        ]  # fmt: skip
        known: dict[tuple[str, str], Calibration] = {}
        for at, case in enumerate(cases):
            key = (case.model.path + case.model.architecture, case.tuning)
            if key not in known:
                known[key] = calibrated(root / f"calibration-{at}", case.model, case.tuning)
            figure = compared(root / str(at), case, known[key])
            figures.append(figure)
            yield {"run": case.name, **figure}
    times = [abs(one["time_ratio"] - 1) for one in figures]
    memory = [abs(one["memory_ratio"] - 1) for one in figures]
    yield {"runs": len(figures), "median_error": round(statistics.median(times), 3),
           "worst_error": round(max(times), 3), "within_25_percent": max(times) <= 0.25,
           "worst_memory_error": round(max(memory), 3), "within_15_percent": max(memory) <= 0.15}  # fmt: skip


def sft_first(root: Path, model: ModelRef, train: list[Record]) -> ModelRef:
    """What reward can go on from: answers with a label."""
    run = write_run(root, "sft", model, {"train": train}, tasks=tasks(), **AS_IT_IS, tuning="full", epochs=2)  # fmt: skip
    process("sft", run.root)
    return ModelRef("folder", path=str(final_checkpoint(run)))


def calibrated(root: Path, model: ModelRef, tuning: str) -> Calibration:
    run = write_run(root, "calibrate", model, {}, tuning=tuning, **AS_IT_IS)
    process("calibrate", run.root)
    return Calibration.read(run.attempt(1).folder / "calibration.json")


def compared(root: Path, case: Case, calibration: Calibration) -> dict[str, Any]:
    splits = {"train": case.train, **({"validation": case.held_out} if case.held_out else {})}
    asked = {"tuning": case.tuning, "learning_rate": 1e-4, **case.asked}
    if case.method == "sft":
        asked = {"epochs": 1, **asked}
    run = write_run(root, case.method, case.model, splits, tasks=tasks(), **AS_IT_IS, **asked)
    settings = settings_for(case.method, asked)
    expected, work = told(root, case, settings, calibration)
    seconds = process(case.method, run.root)
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


def told(
    root: Path, case: Case, settings: TrainSettings, calibration: Calibration
) -> tuple[Estimate, Training]:
    """As `training.plan` and `training.token_counts` put it together."""
    formatter = formatter_of(root, case)
    reads = reads_of(case.model.architecture, settings)
    examples = fit(formatter, case.train, 0).examples
    if isinstance(settings, GRPOSettings):
        work, every = grpo_work(examples, settings, reads), max(1, settings.steps // 10)
    else:
        assert isinstance(settings, SFTSettings)
        work = sft_work(examples, settings, reads)
        every = work.steps_per_epoch
    looks, answers = None, None
    if case.held_out:
        seen = fit(formatter, case.held_out[:MOST_VALIDATED], 0).examples
        looks = total(passes_of(seen, settings.tokens_at_once, reads))
        said = [len(one.ids) - one.prompt_length for one in seen]
        prompts = [one.ids[: one.prompt_length] for one in seen]
        answers = answering(prompts, said, min(64, max(said)), reads=reads)
    expected = estimate(
        work,
        reckoned(calibration, settings),
        checkpoints=-(-work.steps // every),
        validation=looks,
        validation_answers=answers,
    )
    return expected, work


def formatter_of(root: Path, case: Case) -> Formatter:
    model, folder = case.model, Path(case.model.path)
    if model.source == "scratch":
        folder = root / "tokenizer"
        vocabulary = nano_shape({}, model.architecture)["vocabulary"]
        train_tokenizer(case.train, vocabulary, folder, model.architecture)
    found = FORMATTERS[model.architecture].from_folder(folder)
    return found.for_labels(TASK["labels"]) if isinstance(found, ClassFormatter) else found


def tasks() -> dict[str, Any]:
    plain = {"labels": [], "metric": "token_f1", "reward": "token_f1"}
    return {name: {**plain, **one} for name, one in TASKS.items()}


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
