"""What a method can be asked to do: its settings, as frozen dataclasses validated once.

The launch form, the REST schema and the command line are generated from these classes
(`options`), so they can't disagree. Each field's help, range and choices stand beside it.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.errors import SpecError


def option(
    default: Any,
    help: str,
    *,
    ge: float | None = None,
    le: float | None = None,
    choices: tuple[str, ...] | None = None,
    more: bool = False,
) -> Any:
    """A dataclass field with its help text, inclusive range or choices.

    `more` puts it under "more" in the launch form.
    """
    limits = {"help": help, "ge": ge, "le": le, "choices": choices, "more": more}
    return field(default=default, metadata=limits)


@dataclass(frozen=True)
class TrainSettings:
    """What every training method shares."""

    tuning: str = option(
        "lora", "What is trained: low-rank adapters or all weights.", choices=("lora", "full")
    )
    learning_rate: float = option(
        1e-3,
        "Peak learning rate. LoRA likes 1e-3 on small models, full weights 1e-5 to 1e-4.",
        ge=0.0,
        le=1.0,
    )
    schedule: str = option(
        "cosine",
        "How the learning rate moves after warm-up.",
        choices=("cosine", "linear", "constant"),
        more=True,
    )
    warmup: float = option(0.05, "Share of the steps spent warming up.", ge=0.0, le=0.9, more=True)
    weight_decay: float = option(0.0, "AdamW weight decay.", ge=0.0, le=1.0, more=True)
    clip: float = option(
        1.0, "Gradient norm is clipped to this; 0 turns clipping off.", ge=0.0, le=1000.0, more=True
    )
    lora_rank: int = option(16, "Rank of the adapters.", ge=1, le=512, more=True)
    lora_alpha: int = option(
        32, "Adapter scale; the update is multiplied by alpha/rank.", ge=1, le=1024, more=True
    )
    lora_dropout: float = option(0.0, "Dropout on the adapters' input.", ge=0.0, le=0.9, more=True)
    max_length: int = option(
        0,
        "Longest example in tokens; a longer one loses its oldest turns, never half an answer. "
        "0 takes it from the data: 99 in 100 whole, none left out.",
        ge=0,
        le=131072,
        more=True,
    )
    truncate_input: str = option(
        "never",
        "What becomes of a pair that is too long without its oldest turns: left out, or shortened "
        "by whole sentences from the middle of its input.",
        choices=("never", "sentences"),
        more=True,
    )
    tokens_per_batch: int = option(
        4096,
        "Tokens (padding included) that go through the model at once; a batch is split to fit.",
        ge=64,
        le=1_000_000,
        more=True,
    )
    checkpoint_every: int = option(
        0,
        "Steps between checkpoints; 0 means once an epoch for SFT and every tenth of a GRPO run.",
        ge=0,
        le=1_000_000,
        more=True,
    )
    log_every: int = option(1, "Steps between points on the curves.", ge=1, le=1000, more=True)
    validation_rows: int = option(
        64,
        "Rows of the validation split measured at each checkpoint; 0 turns it off.",
        ge=0,
        le=100_000,
        more=True,
    )
    seed: int = option(17, "Seed of every random choice.", ge=0, le=2**31 - 1, more=True)
    dtype: str = option(
        "auto",
        "Number format of the frozen weights and activations; auto takes "
        "bfloat16 where the processor has it.",
        choices=("auto", "float32", "bfloat16"),
        more=True,
    )
    device: str = option(
        "auto",
        "Where to train; auto takes CUDA where there is one.",
        choices=("auto", "cpu", "cuda"),
        more=True,
    )
    threads: int = option(
        0,
        "CPU threads; 0 takes the cores that are free at the start. Part of the "
        "spec because bit-equal resume needs the same number.",
        ge=0,
        le=512,
        more=True,
    )


@dataclass(frozen=True)
class SFTSettings(TrainSettings):
    """Supervised fine-tuning: cross-entropy on response tokens only."""

    epochs: float = option(3.0, "Passes over the train split.", ge=0.01, le=1000.0)
    batch_size: int = option(16, "Pairs per optimiser step.", ge=1, le=4096)


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


Settings = SFTSettings | GRPOSettings | PredictSettings

SETTINGS: dict[str, type[Settings]] = {
    "sft": SFTSettings,
    "grpo": GRPOSettings,
    "predict": PredictSettings,
}


class Option(NamedTuple):
    """One setting as a form or a schema shows it."""

    name: str
    type: type
    default: Any
    help: str
    ge: float | None
    le: float | None
    choices: tuple[str, ...] | None
    more: bool


TYPES: dict[str, type] = {"int": int, "float": float, "str": str, "bool": bool}


def options(method: str) -> list[Option]:
    """Every setting of a method, basic ones first. Raises SpecError for an unknown method."""
    if method not in SETTINGS:
        raise SpecError({"method": f"{method!r} is not one of {', '.join(SETTINGS)}"})
    found = [
        Option(f.name, TYPES[str(f.type)], f.default, **f.metadata)
        for f in dataclasses.fields(SETTINGS[method])
    ]
    return sorted(found, key=lambda one: one.more)


def settings_for(method: str, values: dict[str, Any]) -> Settings:
    """Validated settings of a method from plain values; what is left out takes its default.

    Strings are read as numbers (a form sends strings). Raises SpecError with every bad field.
    """
    problems: dict[str, str] = {}
    clean: dict[str, Any] = {}
    known = {one.name: one for one in options(method)}
    for name in values.keys() - known.keys():
        problems[name] = f"{method} has no such setting"
    for name in values.keys() & known.keys():
        try:
            clean[name] = _checked(known[name], values[name])
        except (ValueError, TypeError) as error:
            problems[name] = str(error)
    if problems:
        raise SpecError(problems)
    return SETTINGS[method](**clean)


def _checked(one: Option, value: Any) -> Any:
    if one.type is bool:
        if isinstance(value, bool):
            return value
        raise ValueError("must be true or false")
    if isinstance(value, bool):
        raise ValueError(f"must be a {one.type.__name__}")
    try:
        value = one.type(value)
    except (ValueError, TypeError, OverflowError):  # the last: infinity is no whole number
        raise ValueError(f"must be a number, not {value!r}") from None
    if one.choices and value not in one.choices:
        raise ValueError(f"must be one of {', '.join(one.choices)}, not {value!r}")
    if one.type is not str and value != value:
        raise ValueError("must be a number, not NaN")
    if one.ge is not None and value < one.ge:
        raise ValueError(f"must be at least {one.ge:g}")
    if one.le is not None and value > one.le:
        raise ValueError(f"must be at most {one.le:g}")
    return value
