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
        "bfloat16 where the processor has it. float16 trains with a scaled loss.",
        choices=("auto", "float32", "bfloat16", "float16"),
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
    processes: int = option(
        0,
        "Processes that share each step; 0 takes one for each GPU that the worker owns.",
        ge=0,
        le=256,
        more=True,
    )
    gradient_checkpointing: str = option(
        "auto",
        "Compute activations twice instead of keeping them: half the speed, a fraction of the memory. "
        "auto does so where a dry step of the longest batch asks for it.",
        choices=("auto", "on", "off"),
        more=True,
    )
    compile: bool = option(
        False,
        "Compile the layers (torch.compile): a minute or two before the first step, then faster steps. "
        "For long runs; needs Triton on GPUs, a C++ compiler on CPUs.",
        more=True,
    )
    liger: bool = option(
        False,
        "Liger's fused kernels: less memory and faster steps on CUDA, for decoders that they know; "
        "needs liger-kernel on the worker.",
        more=True,
    )
    deterministic: bool = option(
        False,
        "Only algorithms that give the same bits each time; slower on GPUs, the rule on CPUs.",
        more=True,
    )
