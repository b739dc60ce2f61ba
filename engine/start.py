"""What every training method does first: seed, threads, weights; and says with what it works."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from engine import together
from engine.checkpoints import read_progress, resumed, sweep
from engine.compiling import compile_layers
from engine.families.family import Material
from engine.hardware import be_deterministic, choose_device, use_threads
from engine.job import Job
from engine.liger import fit_liger
from engine.memory import keep_freed
from engine.models import Loaded, load_for_training, weights_folder
from engine.provenance import describe
from engine.recompute import recompute
from engine.records import Record, read_tasks
from engine.settings import TrainSettings
from engine.weights_hash import remembered_weights_hash, weights_hash


def start(job: Job, records: Sequence[Record]) -> tuple[Loaded, int]:
    """Weights to train and the number of torch threads.

    `records`, the train split, teach a from-scratch model its tokenizer. A resumed run takes its
    checkpoint's weights and number of threads.
    """
    settings = job.settings(TrainSettings)
    job.events.say("state", state="loading")
    if settings.deterministic:
        be_deterministic()
    world = job.world
    if world.main:
        sweep(job.run, job.attempt.fence)
    together.join(world, choose_device(settings.device))
    torch.manual_seed(settings.seed)
    keep_freed()
    recorded = read_progress(job.resume).threads if job.resume else 0
    threads = use_threads(settings.threads or recorded, world.local_size)
    ref = resumed(job.spec.model, job.resume) if job.resume else job.spec.model
    loaded = load_for_training(
        ref,
        settings,
        material=Material(records, read_tasks(job.run.tasks_path)),
        scratch_folder=job.attempt.folder
        / ("tokenizer" if world.main else f"tokenizer-{world.rank}"),
        whole=not job.shards,
    )
    as_asked(loaded, settings)
    together.same(world, loaded.model.parameters())
    if not world.main:
        torch.manual_seed(settings.seed + world.rank)  # dropout of its own
    loaded.base = job.spec.model.path or loaded.base
    if settings.sharded and not job.shards:
        job.log("there is one process: nothing is sharded", "warning")
    trained = sum(one.numel() for one in loaded.model.parameters() if one.requires_grad)
    weights = sum(one.numel() for one in loaded.model.parameters())
    job.log(
        f"{trained:,} of {weights:,} weights to train in {str(loaded.dtype).removeprefix('torch.')} "
        f"on {loaded.device} with {threads} threads"
        + (f" in each of {world.size} processes" if world.size > 1 else "")
        + (", sharded" if job.shards else ""),
    )
    job.events.say(
        "machine",
        **describe(),
        base_weights=_base_weights(job),
        processes=world.size,
        threads=threads,
        device=str(loaded.device),
        dtype=str(loaded.dtype).removeprefix("torch."),
    )
    return loaded, threads


def as_asked(loaded: Loaded, settings: TrainSettings) -> None:
    """How the model computes a step, where the settings say; a calibration's model too.

    Raises SpecError where a model or this machine can't.
    """
    if settings.gradient_checkpointing == "on":
        recompute(loaded.transformer)
    if settings.liger:
        loaded.try_sharing()  # before: a model to be sharded is on the CPU, where the kernels can't be
        fit_liger(loaded.transformer, loaded.device)
    if settings.compile:
        compile_layers(loaded.transformer, loaded.device)
        loaded.compiles = True


def _base_weights(job: Job) -> str | None:
    """The hash of the weights that the run began with; None for a model from nothing. A checkpoint's
    folder is left as it is: nothing is remembered there."""
    ref = job.spec.model
    if ref.source == "scratch" or not job.world.main:
        return None
    folder = weights_folder(ref)
    return weights_hash(folder) if (folder / "resume").is_dir() else remembered_weights_hash(folder)
