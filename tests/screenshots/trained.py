"""What was frozen, trained and measured in the sample project: the pictures' numbers are real."""

from collections.abc import Callable
from typing import Any, NamedTuple

from instructstudio.client import Client
from instructstudio.demo.story import OVER, evaluated
from tests.screenshots.team import Team

SFT = {
    "epochs": 1.5,
    "batch_size": 16,
    "learning_rate": 2e-3,
    "checkpoint_every": 7,
    "validation_rows": 12,
}
"""Some twenty steps of SmolLM2 with LoRA: minutes on two cores, and well above the untrained."""

AN_HOUR = 3600.0
"""Seconds that a job may take where others have the processor."""

Say = Callable[[str], None]


class Trained(NamedTuple):
    snapshot: dict[str, Any]
    run: dict[str, Any]
    evaluations: list[dict[str, Any]]
    """Of the untrained model first, then of each checkpoint by its step."""


def train_on_intents(team: Team, project: str, say: Say) -> Trained:
    """A snapshot of the customers' messages, SmolLM2 trained on it by SFT, everything measured."""
    snapshot = team.rui.post(
        f"projects/{project}/snapshots/",
        name="Intents, first harvest",
        tasks=["intent"],
        leaks="drop_near",
        fractions={"train": 0.7, "validation": 0.1, "test": 0.2},
    )
    run = launched(
        team.tao,
        project,
        say,
        name="First lesson",
        snapshot=snapshot["id"],
        base_model=model(team.tao, "smollm2-135m-instruct"),
        settings=SFT,
    )
    evaluated(team.tao, project, say, seconds=AN_HOUR)
    return Trained(snapshot, run, in_order(team.tao, project, run))


def model(client: Client, slug: str) -> int:
    """The id of a base model."""
    return next(one["id"] for one in client.pages("base-models/") if one["slug"] == slug)


def in_order(client: Client, project: str, run: dict[str, Any]) -> list[dict[str, Any]]:
    """The evaluations of a run and of what it started from."""
    asked = client.pages("evaluations/", project=project)
    ours = [one for one in asked if one["run"] in {None, run["id"]}]
    return sorted(ours, key=lambda one: (one["run"] is not None, one["step"] or 0))


def launched(client: Client, project: str, say: Say, **launch: Any) -> dict[str, Any]:
    """An SFT run at its end, whichever it is."""
    run = client.post(f"projects/{project}/runs/", method="sft", **launch)
    done = client.wait(f"runs/{run['id']}/", lambda one: one["state"] in OVER, seconds=AN_HOUR)
    say(f"{done['name']}: {done['state']} {(done['failure'] or {}).get('type', '')}".strip())
    return done
