"""`python -m engine calibrate`: what a pass through a model costs on this machine. Imports torch.

A few micro-batches of different shapes go forward and backward through the real model, as a run
would send them; seconds and bytes are fitted to calls, tokens, pairs and labels (`cost_fit`). The
texts are made up (`made_up`). Writes calibration.json into the attempt's folder.
"""

from __future__ import annotations

import copy
import json
import platform
import shutil
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch

from engine.adapters import adapter_sizes, merged
from engine.calibration import Calibration
from engine.checkpoints import Progress, write
from engine.cost_fit import fitted
from engine.decoding import Decoding
from engine.events import EXIT_FINISHED
from engine.families.family import Material
from engine.formatting import Example
from engine.generation import evaluating
from engine.hardware import use_threads
from engine.job import Job
from engine.machine import memory_bytes, processor, seconds_alive
from engine.made_up import LABELS, SHAPES, TASK, Shape, examples_in, made_up
from engine.memory import forget_peak, held_bytes, keep_freed, peak_bytes
from engine.models import Loaded, load_for_training
from engine.objectives.sft import summed_loss
from engine.optimisers import Optimiser, cut, make_optimiser
from engine.records import TaskInfo
from engine.run_dir import write_atomically
from engine.settings import TrainSettings
from engine.start import as_asked
from engine.work import Passes, passes, total

REPEAT = 2
"""What is short is timed so often; the quickest counts: disturbance only makes it slower."""
BUDGET = 1 << 20
ENOUGH = 4
PATIENCE = 60.0
"""So many shapes are always looked at; the larger ones only while this many seconds last."""
ROUNDS = 12
"""Tokens said to time one."""
MANY = 16
"""Rows that say them together."""


class Seen(NamedTuple):
    passes: Passes
    train_seconds: float
    forward_seconds: float
    bytes: int
    """Above what was held before, at most."""


def run(job: Job) -> int:
    """Measure and write calibration.json; returns the exit code."""
    settings = job.settings(TrainSettings)
    torch.manual_seed(settings.seed)
    keep_freed()
    threads = use_threads(settings.threads)
    records = made_up()
    tasks = {TASK: TaskInfo(_kind(job), LABELS)}
    forget_peak(torch.device("cpu"))
    loaded = load_for_training(
        job.spec.model,
        settings,
        material=Material(records, tasks),
        scratch_folder=job.attempt.folder / "tokenizer",
    )
    start_up, load = _start_up(loaded.device), peak_bytes(loaded.device)
    job.events.say("state", state="running", total_steps=len(SHAPES))

    batches = [examples_in(loaded, shape) for shape in SHAPES]
    began = clock(loaded.device)
    as_asked(loaded, settings)
    optimiser = make_optimiser(loaded, settings)
    with merged(loaded.model):
        pass
    _step(loaded, optimiser, batches[0])
    ready = clock(loaded.device) - began
    usual = _step(loaded, optimiser, batches[0])
    # What a first step takes beside a second, torch imports and makes once: a run does so too.
    start_up += max(0.0, ready - usual.whole)
    trained = sum(one.numel() for one in optimiser.weights)
    forget_peak(loaded.device)
    held = held_bytes(loaded.device)
    seen: list[Seen] = []
    began = time.monotonic()
    for done, examples in enumerate(batches, start=1):
        if len(seen) >= ENOUGH and time.monotonic() - began > PATIENCE:
            break
        seen.append(look(loaded, examples))
        job.events.say("progress", step=done, total_steps=len(SHAPES), seconds_left=0.0)
    merge, one, many, row_bytes = _answers(loaded)
    written, save_seconds, save_bytes = _checkpoint(job, loaded, optimiser, batches[1])
    weights = list(loaded.model.parameters())
    gradients = 4 * trained
    ranks = adapter_sizes(loaded.model)
    measured = Calibration(
        device=_device_name(loaded.device),
        dtype=str(loaded.dtype).removeprefix("torch."),
        threads=threads,
        tuning=settings.tuning,
        weights=sum(one.numel() for one in weights),
        trained_weights=trained,
        start_up=start_up,
        train=fitted([one.passes for one in seen], [one.train_seconds for one in seen]),
        forward=fitted([one.passes for one in seen], [one.forward_seconds for one in seen]),
        optimiser=usual.optimiser,
        merge=merge,
        decode_round=max(0.0, one - (many - one) / (MANY - 1)),
        decode_row=max(0.0, (many - one) / (MANY - 1)),
        checkpoint=save_seconds,
        checkpoint_bytes=written,
        load_bytes=load,
        held_bytes=held + gradients,
        train_bytes=fitted(
            [one.passes for one in seen],
            [max(0.0, one.bytes - gradients) for one in seen],
            ("tokens", "labels"),
        ),
        save_bytes=save_bytes,
        decode_bytes=row_bytes,
        memory=_memory(loaded.device),
        remembered=sum(one.nbytes for one in optimiser.state()[0].values()) / trained,
        lora_rank=settings.lora_rank if ranks.layers else 0,
        rank_weights=ranks.a_rank,
        adapted_weights=ranks.under,
        adapted_layers=ranks.layers,
        gpus=torch.cuda.device_count() if loaded.device.type == "cuda" else 0,
        machine=platform.node(),
    )
    path = job.attempt.folder / "calibration.json"
    write_atomically(path, json.dumps(measured.to_json(), indent=2))
    job.events.say("state", state="finished")
    return EXIT_FINISHED


def look(loaded: Loaded, examples: Sequence[Example]) -> Seen:
    """The seconds and bytes of one batch, forward and backward, and forward alone."""
    micros = loaded.family.split(examples, BUDGET, share=loaded.shares)
    labels = sum(one.label_tokens for one in micros)

    def train() -> None:
        for micro in micros:
            with loaded.compiled():
                with loaded.autocast():
                    loss = summed_loss(loaded, micro) / labels
                loss.backward()

    @torch.no_grad()
    def forward() -> None:
        for micro in micros:
            with loaded.autocast():
                summed_loss(loaded, micro)

    forget_peak(loaded.device)
    before = held_bytes(loaded.device)
    seconds = timed(loaded.device, train)
    most = max(0, peak_bytes(loaded.device) - before)
    seconds = min(seconds, timed(loaded.device, train))
    with evaluating(loaded.model):
        alone = timed(loaded.device, forward)
    return Seen(total(map(passes, micros)), seconds, alone, most)


def clock(device: torch.device) -> float:
    """Seconds by the clock that tells what the model costs.

    With one thread on a processor that is the process's own time: idle, it is what passes on the
    wall, and busy, what others take of the machine is not the model's.
    """
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        return time.perf_counter()
    return time.process_time() if torch.get_num_threads() == 1 else time.perf_counter()


def timed(device: torch.device, work: Callable[[], object]) -> float:
    started = clock(device)
    work()
    return clock(device) - started


def _start_up(device: torch.device) -> float:
    """Since the process began, by `clock`."""
    one_thread = device.type == "cpu" and torch.get_num_threads() == 1
    return time.process_time() if one_thread else seconds_alive()


class Step(NamedTuple):
    """Seconds."""

    whole: float
    optimiser: float
    """Of it, clipping and the step itself."""


def _step(loaded: Loaded, optimiser: Optimiser, examples: Sequence[Example]) -> Step:
    """One step at a learning rate of 0: weights stay what they are."""

    def learn() -> None:
        for micro in loaded.family.split(examples, BUDGET, share=loaded.shares):
            with loaded.compiled():  # or what it takes to compile would be in no start-up
                with loaded.autocast():
                    loss = summed_loss(loaded, micro)
                loss.backward()

    def step() -> None:
        cut(optimiser.weights, 1.0)
        optimiser.step(0.0)

    learnt, stepped = timed(loaded.device, learn), timed(loaded.device, step)
    return Step(learnt + stepped, stepped)


def _answers(loaded: Loaded) -> tuple[float, float, float, float]:
    """Seconds to merge, of a token of one answer, of a token of many, and bytes a held token."""
    formatter = copy.copy(loaded.formatter)
    formatter.stop_ids = frozenset()
    prompts = [
        one.ids[: one.prompt_length] for one in examples_in(loaded, Shape(MANY, 24, 1), ROUNDS + 1)
    ]

    def say(rows: int, tokens: int) -> float:
        how = Decoding(max_new_tokens=tokens)

        def answer() -> None:
            chosen = prompts[:rows]
            for _batch in loaded.family.answers(loaded.transformer, formatter, chosen, how, None):
                pass

        return min(timed(loaded.device, answer) for _ in range(REPEAT))

    started = clock(loaded.device)
    with merged(loaded.model):
        merging = clock(loaded.device) - started
        with loaded.autocast():
            one = max(0.0, say(1, ROUNDS + 1) - say(1, 1)) / ROUNDS
            before = held_bytes(loaded.device)
            forget_peak(loaded.device)
            many = max(0.0, say(MANY, ROUNDS + 1) - say(MANY, 1)) / ROUNDS
            more = max(0, peak_bytes(loaded.device) - before)
        started = clock(loaded.device)
    merging += clock(loaded.device) - started
    held = sum(len(prompt) + ROUNDS + 1 for prompt in prompts)
    return merging, one, many, more / held


def _checkpoint(
    job: Job, loaded: Loaded, optimiser: Optimiser, examples: Sequence[Example]
) -> tuple[int, float, int]:
    """Bytes of a checkpoint, seconds to write it, and the most held meanwhile.

    After a step, and with what that freed still kept by the allocator, as in a run; but not with what
    larger batches freed before it.
    """
    folder = job.attempt.folder / "trial" / "step-000000"
    forget_peak(loaded.device)
    _step(loaded, optimiser, examples)
    forget_peak(loaded.device, give_back=False)
    started = clock(loaded.device)
    written = write(folder, loaded, Progress(), {"optimiser": optimiser.state()[0]})
    seconds = clock(loaded.device) - started
    shutil.rmtree(folder.parent)
    return written.bytes, seconds, peak_bytes(loaded.device)


def _kind(job: Job) -> str:
    return "classification" if job.spec.model.architecture == "encoder_classifier" else "free"


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else processor()


def _memory(device: torch.device) -> int:
    if device.type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory
    return memory_bytes()
