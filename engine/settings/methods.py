"""The settings of each method."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings.learning import Learning
from engine.settings.machine import Machine
from engine.settings.measuring import Measuring
from engine.settings.option import option
from engine.settings.reading import Reading


@dataclass(frozen=True)
class TrainSettings(Machine, Measuring, Reading, Learning):
    """What every training method shares. A dataclass takes the fields of its last base first."""

    @property
    def sharded(self) -> bool:
        """Whether each process keeps only its part of the weights. GRPO's samples need them whole."""
        return False


@dataclass(frozen=True)
class SFTSettings(TrainSettings):
    """Supervised fine-tuning: cross-entropy on response tokens only."""

    epochs: float = option(3.0, "Passes over the train split.", ge=0.01, le=1000.0)
    batch_size: int = option(16, "Pairs per optimiser step.", ge=1, le=4096)
    train_rows: int = option(
        0,
        "Pairs of the train split to learn from, drawn by the seed; 0 takes all. Runs of a quarter, half "
        "and all show what more pairs would bring.",
        ge=0,
        le=100_000_000,
        more=True,
    )
    shard: bool = option(
        False,
        "With several processes, each keeps only its part of weights, gradients and moments (FSDP), "
        "so that models fit which are too large for one GPU. Measuring needs the weights whole.",
        more=True,
    )

    @property
    def sharded(self) -> bool:
        return self.shard

    def learnt(self, count: int) -> int:
        """How many of `count` pairs are learnt from."""
        return min(self.train_rows or count, count)


@dataclass(frozen=True)
class GRPOSettings(TrainSettings):
    """Group-relative policy optimisation on a named reward."""

    learning_rate: float = option(
        3e-5, "Peak learning rate; reward needs smaller steps than SFT.", ge=0.0, le=1.0
    )
    reward: str = option(
        "task",
        "What is rewarded; task takes each task's own default.",
        choices=("task", "label_match", "exact_match", "token_f1"),
    )
    steps: int = option(60, "Optimiser steps.", ge=1, le=1_000_000)
    prompts_per_step: int = option(4, "Different prompts a step.", ge=1, le=1024)
    group_size: int = option(8, "Responses sampled for each prompt.", ge=2, le=256)
    max_new_tokens: int = option(16, "Longest response in tokens.", ge=1, le=8192)
    temperature: float = option(1.0, "Sampling temperature.", ge=0.01, le=5.0, more=True)
    clip_low: float = option(
        0.2, "The probability ratio is clipped below 1 minus this.", ge=0.0, le=1.0, more=True
    )
    clip_high: float = option(
        0.2, "The probability ratio is clipped above 1 plus this.", ge=0.0, le=10.0, more=True
    )
    kl_beta: float = option(
        0.04,
        "Weight of the KL divergence to the reference model; 0 leaves the reference out.",
        ge=0.0,
        le=10.0,
        more=True,
    )
    inner_steps: int = option(1, "Optimiser steps on each set of rollouts.", ge=1, le=16, more=True)
    scale_advantages: bool = option(
        True, "Divide a group's advantages by its standard deviation.", more=True
    )


@dataclass(frozen=True)
class CalibrateSettings(TrainSettings):
    """A look at what a model costs on this machine: whatever decides that in training."""


@dataclass(frozen=True)
class PredictSettings:
    """One generation setting: what makes two evaluations comparable."""

    max_new_tokens: int = option(64, "Longest response in tokens.", ge=1, le=8192)
    temperature: float = option(0.0, "0 is greedy decoding.", ge=0.0, le=5.0, more=True)
    tokens_per_batch: int = option(
        8192, "Tokens held at once (prompt and response).", ge=64, le=1_000_000, more=True
    )
    seed: int = option(17, "Seed of sampling.", ge=0, le=2**31 - 1, more=True)
    dtype: str = option(
        "auto", "Number format.", choices=("auto", "float32", "bfloat16"), more=True
    )
    device: str = option("auto", "Where to run.", choices=("auto", "cpu", "cuda"), more=True)
    threads: int = option(
        0, "CPU threads; 0 takes the cores that are free.", ge=0, le=512, more=True
    )
