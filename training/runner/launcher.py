"""The line that starts an engine: one process, or several side by side. Argument lists, never a shell."""

import sys
from collections.abc import Mapping

LAUNCH = (
    *("-m", "accelerate.commands.launch", "--multi_gpu", "--num_machines", "1"),
    *("--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"),
)
"""accelerate's own way to several processes on one machine, GPUs or not: its --cpu starts several only
under MPI. The engine chooses device and precision itself; port 0 is any that is free."""


def command(method: str, arguments: list[str], *, processes: int) -> list[str]:
    """`python -m engine METHOD …`, with `accelerate launch` in front where there are several."""
    engine = ["-m", "engine", method, *arguments]
    if processes < 2:
        return [sys.executable, *engine]
    return [sys.executable, *LAUNCH, "--num_processes", str(processes), *engine]


def own_gpus(environment: Mapping[str, str]) -> int:
    """GPUs that the worker was given by CUDA_VISIBLE_DEVICES; 1 where it doesn't say."""
    named = environment.get("CUDA_VISIBLE_DEVICES", "")
    return max(1, len([one for one in named.split(",") if one.strip()]))
