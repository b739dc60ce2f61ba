"""`python -m engine METHOD RUN_DIR`: one job, one process.

    python -m engine sft|grpo|predict|calibrate|export|push RUN_DIR [--attempt N] [--resume CHECKPOINT] [--lifeline]
    python -m engine METHOD RUN_DIR --into FOLDER [--threads N]      repeats a job (engine.repeat)
    python -m engine bundle HOME

Exit codes are in `engine.events`. With --lifeline the process exits at once when its standard
input closes: whoever started it is gone, and another attempt may already be running.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import threading
from pathlib import Path
from typing import NoReturn

from engine.errors import EngineError
from engine.events import EXIT_FAILED, EXIT_FULL, EXIT_ORPHANED
from engine.world import World

SPINS = "2000"
"""Of libgomp's rounds: long enough for the operations of a step, which follow each other at once."""


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    if asked.method == "bundle":
        from engine.bundles import BUNDLES

        for bundle in BUNDLES:
            print(bundle.unpack(asked.home))
        return 0
    if asked.lifeline:
        threading.Thread(target=_exit_at_end_of_input, daemon=True).start()
    _spin_briefly()
    from engine.process import run

    root = asked.run_dir
    if asked.into:
        from engine.repeat import copy_inputs

        try:
            root = copy_inputs(root, asked.into, asked.threads)
        except EngineError as error:
            print(f"{error.message}\n{error.remedy}", file=sys.stderr)
            return EXIT_FAILED
    return run(asked.method, root, asked.attempt, asked.resume)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m engine", description="InstructStudio's engine."
    )
    methods = parser.add_subparsers(dest="method", required=True)
    for name, help in (
        ("sft", "supervised fine-tuning"),
        ("grpo", "reinforcement learning on a reward"),
        ("predict", "answer the records of a split"),
        ("calibrate", "measure what a model costs on this machine"),
        ("export", "write a checkpoint in the form that others open"),
        ("push", "send an export to a model hub or an S3 bucket"),
    ):
        method = methods.add_parser(name, help=help)
        method.add_argument("run_dir", type=Path, help="folder with spec.json and the splits")
        method.add_argument(
            "--attempt", type=int, default=1, metavar="N", help="fencing number to write under"
        )
        method.add_argument(
            "--resume", type=Path, metavar="CHECKPOINT", help="checkpoint folder to go on from"
        )
        method.add_argument(
            "--into", type=Path, metavar="FOLDER", help="repeat the job in this new folder"
        )
        method.add_argument(
            "--threads", type=int, default=0, metavar="N", help="with --into: as many as it had"
        )
        method.add_argument(
            "--lifeline", action="store_true", help="exit at once when standard input closes"
        )
    bundle = methods.add_parser("bundle", help="unpack the bundled models")
    bundle.add_argument("home", type=Path, help="the studio's home folder")
    return parser


def leave(code: int) -> NoReturn:
    """End the process; at once where others shared its job, for everything is written by then, and where
    a full disk takes no last words: Python would end with a code of its own for that.

    A thread of gloo's that still holds a tensor needs Python to let go of it, and aborts the process
    when Python has come to its end by then: a job that had finished would count as failed. Source:
    PyTorch's pull request 179291, which describes it and was given up.
    """
    if World.of_environment().size > 1 or code == EXIT_FULL:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(code)
    sys.exit(code)


def _spin_briefly() -> None:
    """Let torch's threads wait for each other awake for some microseconds, then asleep; before torch is
    loaded, for OpenMP reads nothing but the environment.

    Spinning on, two threads on a busy machine take 10 to 40 seconds for a step of 2: each burns the core
    that the other needs. Always asleep, a step on two idle cores takes 1.9 instead of 1.4.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)


def _exit_at_end_of_input() -> None:
    # The bare descriptor: a thread that waits in sys.stdin's lock aborts the interpreter at its end.
    while os.read(0, 4096):
        pass
    os._exit(EXIT_ORPHANED)


if __name__ == "__main__":
    leave(main())
