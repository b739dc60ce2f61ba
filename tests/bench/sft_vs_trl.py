"""SFT against TRL's SFTTrainer, its defaults and its best: CPU seconds at equal work and equal loss.

Same weights, same pairs, same LoRA rank and targets, same number of optimiser steps, one thread,
each contestant in a process of its own, rounds interleaved, medians. What counts is the time from
the first step to the last checkpoint; reading weights and tokenising don't. BENCH_ROUNDS makes it shorter
or longer.
"""

import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.bundled import smollm2_folder
from engine.records import Record
from engine.spec import ModelRef
from tests.bench.product import DATA, need
from tests.bench.trec import NAMES, TASK
from tests.engine.runs import write_run

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "2"))
BATCH = 16
SCRATCH = {"width": 384, "depth": 9, "heads": 6, "vocabulary": 4096}
"""17 million weights."""

BEST = {
    "gradient_checkpointing": False,
    "train_sampling_strategy": "group_by_length",
    "pad_to_multiple_of": None,
    "dataloader_pin_memory": False,
}
"""TRL's fastest on CPU that its documentation offers: no recomputing, no padding to multiples, batches of
like length, and as many rows at once as a match found fastest. Its loss sees completions only, and makes
logits only there, by default. Packing and padding-free need FlashAttention; without it documents would
see each other."""


@dataclass(frozen=True)
class Match:
    """What is trained on what."""

    data: str
    model: str
    batch: int
    steps: int
    rows: int
    """TRL's best takes so many at once; its defaults take 8."""
    settings: dict[str, Any]

    @property
    def contestants(self) -> dict[str, list[str]]:
        """Who plays, and with which options of TRL."""
        best = json.dumps({**BEST, "rows": self.rows})
        return {"ours": [], "trl_best": [best], "trl_defaults": ["{}"]}


# Rates at which the order of the pairs, which each contestant draws for itself, moves the loss by less
# than one per cent in a few steps: at 1e-3, TRL's own two configurations ended a tenth apart.
LORA = {"tuning": "lora", "lora_rank": 16, "lora_alpha": 32}
MATCHES = (
    Match("trec", "smollm2", BATCH, 6, 16, {**LORA, "learning_rate": 2e-4}),
    Match("self_instruct", "smollm2", BATCH, 4, 4, {**LORA, "learning_rate": 5e-4}),
    Match("trec", "scratch_17m", BATCH, 64, 16, {"tuning": "full", "learning_rate": 5e-5}),
    Match("trec", "scratch_17m", 4 * BATCH, 16, 16, {"tuning": "full", "learning_rate": 5e-5}),
    Match("trec", "scratch_17m", 8 * BATCH, 8, 16, {"tuning": "full", "learning_rate": 5e-5}),
    Match("self_instruct", "scratch_17m", BATCH, 8, 4, {"tuning": "full", "learning_rate": 2e-4}),
)


def measure() -> Iterator[dict[str, Any]]:
    """One figure a match; a ratio is the opponent's CPU seconds over ours. BENCH_MATCHES=0,2 plays those alone."""
    chosen = os.environ.get("BENCH_MATCHES")
    numbers = map(int, chosen.split(",")) if chosen else range(len(MATCHES))
    for match in (MATCHES[number] for number in numbers):
        with tempfile.TemporaryDirectory() as folder:
            yield {"data": match.data, "model": match.model, **play(match, Path(folder))}


def play(match: Match, root: Path) -> dict[str, Any]:
    """All rounds of a match, its contestants taking turns."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in match.contestants}
    for number in range(ROUNDS):
        for name, options in match.contestants.items():
            folder = root / f"{number}-{name}"
            lay_out(match, folder)
            with suppress(MemoryError):  # who takes more than there is has no figure
                found[name].append(contest(name, folder, *options, OMP_NUM_THREADS="1"))
    seconds = {name: median(ones, "cpu_seconds") for name, ones in found.items() if ones}
    losses = {name: median(ones, "held_out_loss") for name, ones in found.items() if ones}
    theirs = [name for name in seconds if name != "ours"]
    return {
        "batch": match.batch,
        "steps": match.steps,
        "rounds": ROUNDS,
        **{
            f"{name}_cpu_s_per_step": round(took / match.steps, 3) for name, took in seconds.items()
        },
        **{f"times_{name}": round(seconds[name] / seconds["ours"], 2) for name in theirs},
        "trl_best_rows": match.rows,
        **{f"{name}_held_out_loss": round(loss, 4) for name, loss in losses.items()},
        "out_of_memory": [name for name, ones in found.items() if not ones],
    }


def median(ones: list[dict[str, float]], name: str) -> float:
    return statistics.median(one[name] for one in ones)


def contest(name: str, folder: Path, *options: str, **environment: str) -> dict[str, float]:
    """What `tests.bench.contestant` printed last. Raises MemoryError where the system killed it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.contestant", name, str(folder), *options],
        capture_output=True,
        text=True,
        env={**os.environ, "TOKENIZERS_PARALLELISM": "false", **environment},
    )
    if done.returncode == -signal.SIGKILL:
        raise MemoryError(name)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def lay_out(match: Match, folder: Path) -> None:
    """The run directory of a contestant, with the weights' folder named in its spec."""
    pairs, held_out = DATASETS[match.data]()
    pairs = pairs[: match.steps * match.batch]
    settings = {
        "batch_size": match.batch,
        "epochs": 1.0,
        "max_length": 2048,
        "validation_rows": 0,
        "warmup": 0.0,
        **match.settings,
    }
    model = ModelRef("folder", path=str(MODELS[match.model](folder, pairs)))
    write_run(folder / "run", "sft", model, {"train": pairs, "validation": held_out}, **settings)


def trec() -> tuple[list[Record], list[Record]]:
    """TREC questions, all under one instruction that names the labels; 100 of its test questions."""
    splits = []
    for name in ("TREC.train.raw", "TREC.test.raw"):
        lines = need(DATA / "trec" / name).read_text(encoding="latin-1").splitlines()
        random.Random(17).shuffle(lines)
        split = [line.partition(" ") for line in lines]
        splits.append(
            [
                pair(at, TASK["instruction"], question, NAMES[label.split(":")[0]])
                for at, (label, _, question) in enumerate(split)
            ]
        )
    return splits[0], splits[1][:100]


def self_instruct() -> tuple[list[Record], list[Record]]:
    """Self-instruct's seed tasks, each with an instruction of its own; 35 of the 175 held out."""
    pairs = []
    for line in need(DATA / "self_instruct" / "seed_tasks.jsonl").read_text("utf-8").splitlines():
        task = json.loads(line)
        [first, *_] = task["instances"]
        pairs.append(pair(len(pairs), task["instruction"], first["input"], first["output"]))
    random.Random(17).shuffle(pairs)
    return pairs[35:], pairs[:35]


def pair(number: int, instruction: str, input: str, response: str) -> Record:
    turns = [{"role": "user", "content": instruction}]
    return Record(number, number, "classification", turns, response, input=input)


def smollm2(_: Path, __: list[Record]) -> Path:
    home = Path(__file__).parents[2] / "var" / "test-models"
    return smollm2_folder(Path(os.environ.get("TEST_MODELS", home)))


def scratch_17m(folder: Path, pairs: list[Record]) -> Path:
    """Random weights and a tokenizer of the pairs, the same every time."""
    import torch

    from engine import scratch

    scratch.train_tokenizer(pairs, SCRATCH["vocabulary"], folder / "model")
    torch.manual_seed(17)
    scratch.nano(folder / "model", SCRATCH).save_pretrained(folder / "model")
    return folder / "model"


DATASETS = {"trec": trec, "self_instruct": self_instruct}
MODELS = {"smollm2": smollm2, "scratch_17m": scratch_17m}
