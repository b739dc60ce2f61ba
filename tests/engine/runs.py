"""Run directories for tests: real jobs on models small enough to train in a second."""

import hashlib
import json
from pathlib import Path

from engine import events
from engine.job import Job
from engine.process import run as run_job
from engine.records import Record
from engine.run_dir import RunDir, write_atomically
from engine.settings import settings_for
from engine.spec import DataRef, JobSpec, ModelRef

LABELS = ["red", "green", "blue"]
COLOURS = {
    "classification": {
        "kind": "classification", "labels": LABELS, "metric": "accuracy", "reward": "label_match",
    }
}  # fmt: skip
NANO = ModelRef("scratch", preset="nano", overrides={"width": 32, "depth": 2, "heads": 2, "vocabulary": 300})  # fmt: skip

SMALL = {"width": 32, "depth": 1, "heads": 2, "vocabulary": 300}
TINY = {
    "decoder": NANO,
    "lstm": ModelRef("scratch", preset="nano", architecture="lstm",
                     overrides={"width": 32, "depth": 1, "vocabulary": 300}),
    "encoder_decoder": ModelRef("scratch", preset="nano", architecture="encoder_decoder", overrides=SMALL),
    "encoder_classifier": ModelRef("scratch", preset="nano", architecture="encoder_classifier", overrides=SMALL),
}  # fmt: skip
"""A model from nothing of each architecture, small enough to learn in seconds."""


def question(id, text, response, **more):
    turns = [{"role": "user", "content": text}]
    return Record(id=id, pair=id, task="classification", turns=turns, response=response, **more)


def write_run(root: Path, method, model, splits, tasks=COLOURS, **settings) -> RunDir:
    """A run directory as the runner writes it; one torch thread, float32."""
    run = RunDir(root)
    root.mkdir(parents=True)
    data = {}
    for name, records in splits.items():
        text = "".join(one.to_json() + "\n" for one in records)
        run.split(name).write_text(text, encoding="utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        data[name] = DataRef(f"{name}.jsonl", len(records), digest)
    write_atomically(run.tasks_path, json.dumps(tasks))
    settings = settings_for(method, {"dtype": "float32", "threads": 1, **settings})
    write_atomically(run.spec_path, JobSpec(method, model, data, settings).to_json())
    return run


def trained_nano(root: Path, records, **settings) -> ModelRef:
    """A nano model that SFT made from nothing on these records: about a second for 50 steps."""
    run = write_run(
        root, "sft", NANO, {"train": records}, tuning="full", learning_rate=5e-3, **settings
    )
    assert run_job("sft", root, 1, None) == events.EXIT_FINISHED
    return ModelRef("folder", path=str(final_checkpoint(run)))


def final_checkpoint(run: RunDir, fence=1) -> Path:
    [path] = [one["path"] for one in said(run, "checkpoint", fence) if one["final"]]
    return run.attempt(fence).folder / path


def open_job(run: RunDir, fence=1, resume=None) -> Job:
    return Job.open(run.root, fence, resume)


def said(run: RunDir, kind, fence=1) -> list[dict]:
    """The events of one kind of an attempt."""
    every = events.read(run.attempt(fence).events).events
    return [one for one in every if one["kind"] == kind]


def curve(run: RunDir, name, fence=1) -> list[float]:
    """A point's values in order of the steps."""
    return [one["values"][name] for one in said(run, "point", fence) if name in one["values"]]
