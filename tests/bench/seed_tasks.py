"""Self-instruct's and BELLE's seed tasks through the product: held-out loss before and after one epoch."""

from collections.abc import Iterator
from typing import Any

from instructstudio.demo.studio import running
from tests.bench.product import DATA, Bench, need

FILES = {
    "self_instruct": "self_instruct/seed_tasks.jsonl",
    "belle_zh": "belle_zh/zh_seed_tasks.jsonl",
}
FRACTIONS = {"train": 0.8, "validation": 0.2, "test": 0.0}


def measure() -> Iterator[dict[str, Any]]:
    """For each file: the loss on held-out pairs of the untrained model and of the best checkpoint."""
    with running() as studio:
        for name, path in FILES.items():
            bench = Bench(studio, name)
            came = bench.bring_in(
                need(DATA / path), {"slug": "seeds", "name": name, "kind": "free"}
            )
            snapshot = bench.olga.post(f"projects/{bench.slug}/snapshots/", fractions=FRACTIONS)
            run = bench.run(
                method="sft",
                snapshot=snapshot["id"],
                evaluate=False,
                settings={"epochs": 1, "learning_rate": 5e-4, "validation_rows": 64},
            )
            points = bench.olga.get(f"runs/{run['id']}/points/", name="validation/loss")["results"]
            losses = {point["step"]: point["value"] for point in points}
            yield {
                "data": name,
                "imported": came["rows_done"],
                "refused": came["rows_bad"],
                "held_out": snapshot["counts"]["validation"]["rows"],
                "untrained_loss": losses[0],
                "trained_loss": losses[max(losses)],
                "falls": losses[max(losses)] < losses[0],
                "steps": run["total_steps"],
                "seconds": round(run["seconds"], 1),
            }
