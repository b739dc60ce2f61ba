"""A run's reproducibility sheet: all that one needs to have the same weights again, and to know it."""

import shlex
from typing import Any

from training.models import Run

FORMAT = 1


def sheet_of(run: Run) -> dict[str, Any]:
    """As JSON. What is not known yet, because no attempt got so far, is null."""
    spec, machine = run.spec or {}, run.machine or {}
    saved = run.checkpoints.order_by("step").values_list("step", "sha256", "final")
    lineage = spec.get("lineage", {})
    return {
        "format": FORMAT,
        "run": {
            "id": run.pk,
            "project": run.project.slug,
            "number": run.number,
            "name": run.name,
            "state": run.state,
            "attempts": run.fence,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
        },
        "line": line_of(run),
        "seed": run.settings.get("seed"),
        "threads": machine.get("threads"),
        "hashes": {
            "snapshot": run.snapshot.content_hash,
            "data": {name: one["sha256"] for name, one in spec.get("data", {}).items()},
            "base_weights": machine.get("base_weights"),
            "parent_checkpoint": lineage.get("parent_checkpoint"),
            "checkpoints": {str(step): sha256 for step, sha256, _final in saved},
            "final": next((sha256 for _step, sha256, final in saved if final), None),
        },
        "machine": run.machine,
        "spec": run.spec,
    }


def line_of(run: Run) -> str:
    """What repeats it without the studio, from the studio's own folder; with the threads it had."""
    words = ["python", "-m", "engine", run.method, str(run.run_dir.root)]
    words += ["--into", f"again-{run.number}"]
    threads = (run.machine or {}).get("threads")
    return shlex.join([*words, "--threads", str(threads)] if threads else words)
