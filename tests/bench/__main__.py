"""Run the benches named on the command line, or all of them; print one JSON line each."""

import json
import os
import platform
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "instructstudio.settings")

import django

django.setup()

from tests.bench import (  # noqa: E402 (models need django.setup)
    estimate,
    gpu,
    overhead,
    search,
    seed_tasks,
    sft_vs_trl,
    startup,
    trec,
)

BENCHES = {
    "trec": trec.measure,
    "seed_tasks": seed_tasks.measure,
    "estimate": estimate.measure,
    "sft_vs_trl": sft_vs_trl.measure,
    "search": search.measure,
    "gpu": gpu.measure,
    "startup": startup.measure,
    "overhead": overhead.measure,
}


def hardware() -> str:
    """The processor's name and the number of cores this process may use."""
    name = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as lines:
            name = next(
                line.split(":")[1].strip() for line in lines if line.startswith("model name")
            )
    except (OSError, StopIteration):
        pass
    return f"{name}, {len(os.sched_getaffinity(0))} cores"


def main() -> int:
    names = sys.argv[1:] or list(BENCHES)
    if unknown := set(names) - BENCHES.keys():
        print(
            f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}",
            file=sys.stderr,
        )
        return 2
    for name in names:
        for figure in BENCHES[name]():
            print(json.dumps({"bench": name, **figure, "hardware": hardware()}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
