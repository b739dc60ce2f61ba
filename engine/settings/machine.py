"""Where a run trains and in which number format, and what it takes to repeat it."""

from __future__ import annotations

from dataclasses import dataclass

from engine.settings.option import option


@dataclass(frozen=True)
class Machine:
    """Seed, device, number format, threads."""

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
