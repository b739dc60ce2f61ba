"""TREC question classification through the product: 2,000 questions, three seeds, 500 test questions.

Import with the split given → 11 test questions stand in the training file → dropped from train →
snapshot → SFT with LoRA on 2,000 of the rest, drawn by the seed → accuracy and macro-F1 on the test split.
"""

import json
import os
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instructstudio.demo.studio import running
from tests.bench.product import DATA, Bench, need

NAMES = {
    "ABBR": "abbreviation",
    "DESC": "description",
    "ENTY": "entity",
    "HUM": "human",
    "LOC": "location",
    "NUM": "number",
}
TASK = {
    "slug": "trec",
    "name": "TREC",
    "kind": "classification",
    "labels": sorted(NAMES.values()),
    "instruction": "What kind of answer does the question ask for? Answer with one word: abbreviation, "
    "description, entity, human, location or number.",
}
QUESTIONS = 2000
PASSES = 1.5
"""On a thousand other training questions a second pass took accuracy from 0.921 to 0.942; half of it is what
fits into the first trial's 410 s without bfloat16 (docs/benchmarks.md)."""
LEARNING_RATE = 1e-3
"""The first trial's. On other training questions 2e-3 did better, on the test questions worse (docs/benchmarks.md)."""
SEEDS = (17, 18, 19)
THREADS = len(os.sched_getaffinity(0))
"""All cores, as an idle machine would give."""


def measure() -> Iterator[dict[str, Any]]:
    """One figure a seed, then their median."""
    with running() as studio, tempfile.TemporaryDirectory() as folder:
        bench = Bench(studio, "TREC")
        bench.bring_in(rows(Path(folder) / "trec.jsonl"), TASK)
        frozen = bench.olga.post(
            f"projects/{bench.slug}/snapshots/",
            split_rule="given",
            leaks="keep",
            fractions={"train": 1.0, "validation": 0.0, "test": 0.0},
        )
        leaks = [one for one in frozen["leaks"] if one["exact"]]
        snapshot = bench.olga.post(f"snapshots/{frozen['id']}/successors/", near=False)
        figures = []
        for seed in SEEDS:
            run = bench.run(
                method="sft",
                snapshot=snapshot["id"],
                settings={
                    "epochs": PASSES,
                    "train_rows": QUESTIONS,
                    "learning_rate": LEARNING_RATE,
                    "seed": seed,
                    "validation_rows": 0,
                    "threads": THREADS,
                },
            )
            scored = {
                one["run"]: one["scores"]
                for one in sorted(bench.evaluated(), key=lambda one: one["step"] or 0)
                if one["split"] == "test"
            }  # of each run, its last checkpoint
            figures.append(
                {
                    "seed": seed,
                    "seconds": round(run["seconds"], 1),
                    "steps": run["total_steps"],
                    "leaks_dropped": len({one["test"] for one in leaks}),
                    **_figures(scored[run["id"]]),
                }
            )
            yield figures[-1]
        untrained = _figures(scored[None])
        yield {
            "median_of": len(SEEDS),
            "untrained_accuracy": untrained["accuracy"],
            **{
                name: statistics.median(one[name] for one in figures)
                for name in ("accuracy", "f1_macro", "seconds")
            },
        }


def rows(target: Path) -> Path:
    """Both files of TREC as the studio's own JSONL with a split on each row."""
    with open(target, "w", encoding="utf-8") as out:
        for split, name in (("train", "TREC.train.raw"), ("test", "TREC.test.raw")):
            for line in need(DATA / "trec" / name).read_text(encoding="latin-1").splitlines():
                label, _, question = line.partition(" ")
                row = {
                    "input": question,
                    "response": NAMES[label.split(":")[0]],
                    "language": "en",
                    "split": split,
                }
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
    return target


def _figures(scores: list[dict[str, Any]]) -> dict[str, Any]:
    whole = {one["metric"]: one for one in scores if not one["slice"]}
    return {
        "accuracy": whole["accuracy"]["value"],
        "accuracy_ci95": [whole["accuracy"]["low"], whole["accuracy"]["high"]],
        "f1_macro": whole["f1_macro"]["value"],
        "f1_macro_ci95": [whole["f1_macro"]["low"], whole["f1_macro"]["high"]],
        "n": whole["accuracy"]["n"],
    }
