"""Every architecture and both methods, trained small: seconds each with a nano model."""

from typing import Any

from instructstudio.client import Client
from instructstudio.demo.story import OVER, evaluated
from tests.screenshots.trained import AN_HOUR, Say, Trained, model

QUICK = {"epochs": 2, "batch_size": 16, "tuning": "full", "learning_rate": 3e-3, "validation_rows": 8, "threads": 1}  # fmt: skip
"""Seconds with a nano model."""
BASELINES = {"classifier": "nano-classifier", "LSTM": "nano-lstm", "encoder-decoder": "nano-encoder-decoder"}  # fmt: skip
BY_REWARD = {"steps": 12, "prompts_per_step": 4, "group_size": 4, "max_new_tokens": 8, "reward": "label_match", "checkpoint_every": 6, "threads": 1}  # fmt: skip


def train_each(client: Client, project: str, trained: Trained, say: Say) -> dict[str, int]:
    """Numbers of the runs, by what was trained: one after another in one queue, then measured."""
    start = {"snapshot": trained.snapshot["id"], "settings": QUICK | {"epochs": 4, "checkpoint_every": 1000}}  # fmt: skip
    asked = {}
    for name, slug in BASELINES.items():
        title = f"As a baseline: {name}"
        asked[name] = _asked(client, project, name=title, base_model=model(client, slug), **start)
    longer = start | {"settings": start["settings"] | {"epochs": 12}}
    lesson = _asked(client, project, name="Nano lesson", base_model=model(client, "nano"), **longer)
    asked["GRPO"] = _by_reward(client, project, trained, lesson)
    for one in asked.values():
        done = client.wait(f"runs/{one['id']}/", lambda now: now["state"] in OVER, seconds=AN_HOUR)
        say(f"{done['name']}: {done['state']}")
    evaluated(client, project, say, seconds=AN_HOUR)
    return {name: run["number"] for name, run in asked.items()}


def _asked(client: Client, project: str, **launch: Any) -> dict[str, Any]:
    return client.post(f"projects/{project}/runs/", method="sft", **launch)


def _by_reward(client: Client, project: str, trained: Trained, after: dict[str, Any]) -> Any:
    """Waits for the lesson, and goes on from its best checkpoint."""
    return client.post(
        f"projects/{project}/runs/",
        method="grpo",
        name="By reward",
        snapshot=trained.snapshot["id"],
        after=after["id"],
        settings=BY_REWARD,
    )
