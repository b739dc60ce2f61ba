"""The main job, step by step, over REST: write → review → freeze → SFT → GRPO → evaluate → compare."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.best import rising
from instructstudio.client import Client
from instructstudio.demo.studio import Studio

SAMPLE = Path(__file__).parent.parent.parent / "authoring" / "sample"
SFT = {"epochs": 3, "batch_size": 16, "learning_rate": 2e-3}
GRPO = {
    "steps": 20,
    "prompts_per_step": 8,
    "group_size": 8,
    "max_new_tokens": 12,
    "learning_rate": 3e-5,
    "reward": "label_match",
    "checkpoint_every": 10,
}
METRIC = "f1_macro"
OVER = {"finished", "failed", "stopped"}

Say = Callable[[str], None]


@dataclass
class Story:
    """What came of it."""

    evaluations: list[dict[str, Any]] = field(default_factory=list)
    comparison: dict[str, Any] = field(default_factory=dict)
    base: dict[str, Any] = field(default_factory=dict)
    best: dict[str, Any] = field(default_factory=dict)
    sft_seconds: float = 0.0
    seconds: float = 0.0


def tell(studio: Studio, say: Say) -> Story:
    """Play it through with three people: Olga owns and trains, Ada writes, Rui reviews."""
    started = time.monotonic()
    story = Story()
    olga = studio.person("owner@studio.local")
    project = olga.post("projects/", name="Demo: intents")["slug"]
    ada, rui = (
        join(studio, olga, project, "ada@example.org", "author"),
        join(studio, olga, project, "rui@example.org", "reviewer"),
    )
    _write_and_review(ada, rui, olga, project, say)
    snapshot = olga.post(
        f"projects/{project}/snapshots/",
        name="demo",
        leaks="drop_near",
        fractions={"train": 0.7, "validation": 0.1, "test": 0.2},
    )
    rows = {split: told["rows"] for split, told in snapshot["counts"].items()}
    say(f"snapshot {snapshot['number']} frozen: {rows}, {snapshot['content_hash'][:12]}")

    model = next(
        one
        for one in olga.pages("base-models/")
        if (one["source"], one["architecture"]) == ("bundled", "decoder")
    )
    begun = time.monotonic()
    sft = train(
        olga,
        project,
        say,
        method="sft",
        snapshot=snapshot["id"],
        base_model=model["id"],
        settings=SFT,
    )
    evaluated(olga, project, say)
    story.sft_seconds = time.monotonic() - begun
    grpo = train(
        olga,
        project,
        say,
        method="grpo",
        snapshot=snapshot["id"],
        checkpoint=sft["best_checkpoint"],
        settings=GRPO,
    )
    evaluated(olga, project, say)
    _measure(olga, story, snapshot["id"], [sft, grpo])
    story.seconds = time.monotonic() - started
    return story


def join(studio: Studio, owner: Client, project: str, email: str, role: str) -> Client:
    """Invite a person and let them in by their single-use link."""
    link = owner.post(f"projects/{project}/invitations/", email=email, role=role)
    person = Client(studio.site, "").post(
        "redemptions/",
        token=link["token"],
        name=email.split("@")[0].title(),
        password="demo " + link["token"][:20],
        token_name="demo",  # noqa: S106 (a name, no secret)
    )
    return Client(studio.site, person["bearer_token"])


def _write_and_review(ada: Client, rui: Client, olga: Client, project: str, say: Say) -> None:
    """The sample's intent pairs come in as Ada's file; Rui, who did not import them, approves."""
    told = next(
        one
        for one in json.loads((SAMPLE / "project.json").read_text(encoding="utf-8"))["tasks"]
        if one["slug"] == "intent"
    )
    olga.post(f"projects/{project}/tasks/", **told)
    came = ada.upload(f"projects/{project}/imports/", SAMPLE / "intent.jsonl", task="intent")
    ada.wait(f"imports/{came['id']}/", lambda one: one["state"] == "checked", seconds=120)
    ada.post(f"imports/{came['id']}/commit/")
    done = ada.wait(f"imports/{came['id']}/", lambda one: one["state"] == "committed", seconds=120)
    approved = rui.post(f"imports/{came['id']}/approval/")["approved"]
    say(f"{done['rows_done']} pairs imported by Ada, {approved} approved by Rui")


def train(client: Client, project: str, say: Say, **launch: Any) -> dict[str, Any]:
    """Launch a run and follow it to its end. Raises RuntimeError when it fails."""
    run = client.post(f"projects/{project}/runs/", name=launch["method"].upper(), **launch)
    last = {"at": 0.0}

    def follow(now: dict[str, Any]) -> None:
        if time.monotonic() - last["at"] > 15 or now["state"] in OVER:
            last["at"] = time.monotonic()
            say(f"{now['name']} {now['state']} {now['step']}/{now['total_steps']}")

    done = client.wait(
        f"runs/{run['id']}/", lambda one: one["state"] in OVER, seconds=1800, told=follow
    )
    if done["state"] != "finished":
        raise RuntimeError(f"{done['name']} {done['state']}: {json.dumps(done['failure'])}")
    return done


def evaluated(client: Client, project: str, say: Say, *, seconds: float = 900) -> None:
    """Wait until every evaluation that was asked for automatically is scored."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        asked = list(client.pages("evaluations/", project=project))
        if failed := [one for one in asked if one["state"] == "failed"]:
            raise RuntimeError(f"an evaluation failed: {json.dumps(failed[0]['failure'])}")
        if asked and all(one["scored_at"] for one in asked):
            say(f"{len(asked)} evaluations scored")
            return
        time.sleep(1.0)
    raise TimeoutError(f"the evaluations did not finish within {seconds / 60:.0f} minutes")


def _measure(client: Client, story: Story, snapshot: int, runs: list[dict[str, Any]]) -> None:
    """Scores of base and checkpoints in order, and the best checkpoint against the base, paired.

    Which checkpoint is best was decided on the validation split; the test split only measures it.
    """
    board = client.get("dashboard/", snapshot=snapshot, metric=METRIC)
    rows = sorted(
        board["rows"],
        key=lambda row: (row["evaluation"]["run"] or 0, row["evaluation"]["step"] or 0),
    )
    story.evaluations = [row["evaluation"] | {"scores": row["scores"]} for row in rows]
    story.base = next(one for one in story.evaluations if one["checkpoint"] is None)
    best = max(
        (client.get(f"checkpoints/{run['best_checkpoint']}/") for run in runs), key=_validation
    )
    story.best = next(one for one in story.evaluations if one["checkpoint"] == best["id"])
    story.comparison = client.get(
        "comparisons/", a=story.base["id"], b=story.best["id"], metric=METRIC, slice=""
    )[0]


def _validation(checkpoint: dict[str, Any]) -> float:
    """The mean of a checkpoint's validation metrics, its losses left out."""
    found = rising(checkpoint["values"])
    return sum(found) / len(found) if found else float("-inf")
