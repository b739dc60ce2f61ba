"""What is seldom looked at: failed runs, exports, a search, other architectures; then a queue full
of several people's jobs, one of them at work, until the pictures are taken."""

from typing import Any, NamedTuple

from instructstudio.demo.story import OVER, evaluated
from tests.screenshots.team import Team, let_in
from tests.screenshots.trained import Say, Trained, launched, model

QUICK = {"epochs": 2, "batch_size": 16, "tuning": "full", "learning_rate": 3e-3, "validation_rows": 8, "threads": 1}  # fmt: skip
"""Seconds with a nano model."""
FOR_EVER = QUICK | {"epochs": 400, "learning_rate": 1e-3, "checkpoint_every": 60, "validation_rows": 16}  # fmt: skip
"""At work for as long as pictures are taken."""
TOO_WIDE = {"width": 2**18, "depth": 1, "heads": 1, "vocabulary": 512}
"""One matrix of it takes 256 GiB: the machine's memory runs out, for real."""
MOST_TRIALS = 6


class Straits(NamedTuple):
    """By what each is: numbers of runs in the project; the searches' numbers; ids of exports."""

    runs: dict[str, int]
    search: int
    empty: str
    """A project without anything in it."""


def bring_about(team: Team, project: str, trained: Trained, say: Say) -> Straits:
    runs = {**_architectures(team, project, trained, say), **_failures(team, project, trained, say)}
    _export(team, trained, say)
    empty = team.olga.post("projects/", name="Support in two languages")["slug"]
    search = _search(team, project, trained, say)
    runs |= _queue(team, project, trained, say)
    return Straits(runs, search["number"], empty)


def _architectures(team: Team, project: str, trained: Trained, say: Say) -> dict[str, int]:
    made = {}
    for name, slug in (("classifier", "nano-classifier"), ("lstm", "nano-lstm")):
        run = launched(
            team.tao,
            project,
            say,
            name=f"As a baseline: {name}",
            snapshot=trained.snapshot["id"],
            base_model=model(team.tao, slug),
            settings=QUICK | {"epochs": 6, "checkpoint_every": 1000},
        )
        made[name] = run["number"]
    evaluated(team.tao, project, say)
    return made


def _failures(team: Team, project: str, trained: Trained, say: Say) -> dict[str, int]:
    """Real ones: no memory for the weights; no pair short enough; a loss that is no number."""
    wide = team.tao.post(
        "base-models/", source="scratch", name="Far too wide decoder", overrides=TOO_WIDE
    )["id"]
    nano = model(team.tao, "nano")
    asked = {
        "out of memory": (wide, QUICK),
        "data": (nano, QUICK | {"max_length": 16}),
        "diverged": (nano, QUICK | {"learning_rate": 1.0, "clip": 0.0, "epochs": 30}),
    }
    failed = {}
    for name, (start, settings) in asked.items():
        run = launched(
            team.tao,
            project,
            say,
            name=f"To fail: {name}",
            snapshot=trained.snapshot["id"],
            base_model=start,
            settings=settings,
            evaluate=False,
        )
        failed[name] = run["number"]
    return failed


def _export(team: Team, trained: Trained, say: Say) -> None:
    best = trained.run["best_checkpoint"]
    for form in ("adapter", "gguf"):
        made = team.tao.post(f"checkpoints/{best}/exports/", form=form)
        done = team.tao.wait(
            f"exports/{made['id']}/", lambda one: one["state"] in OVER, seconds=300
        )
        say(f"export as {form} {done['state']}")


def _search(team: Team, project: str, trained: Trained, say: Say) -> dict[str, Any]:
    """Most of its trials are over; the rest waits in the queue with the others' jobs."""
    search = team.tao.post(
        f"projects/{project}/searches/",
        method="sft",
        name="How fast, how many at once",
        snapshot=trained.snapshot["id"],
        base_model=model(team.tao, "nano-classifier"),
        fixed=QUICK | {"epochs": 10},
        space={
            "learning_rate": {"low": 1e-4, "high": 2e-2, "log": True},
            "batch_size": {"choices": [8, 16, 32]},
            "weight_decay": {"low": 0.0, "high": 0.2},
        },
        trials=MOST_TRIALS + 2,
    )
    team.tao.wait(
        f"searches/{search['id']}/trials/",
        lambda one: sum(trial["value"] is not None for trial in one["results"]) >= MOST_TRIALS,
        seconds=900,
    )
    say(f"search {search['number']}: {MOST_TRIALS} trials scored")
    return search


def _queue(team: Team, project: str, trained: Trained, say: Say) -> dict[str, int]:
    """One at work, one paused, four in line or waiting, of two projects and three people."""
    nano = model(team.tao, "nano")
    start = {"method": "sft", "snapshot": trained.snapshot["id"], "base_model": nano}
    at = f"projects/{project}/runs/"
    live = team.olga.post(at, **start, name="Long and slow", settings=FOR_EVER)
    team.olga.patch(f"queue/{live['id']}/", priority="urgent")
    team.olga.wait(f"runs/{live['id']}/", lambda one: one["step"] >= 20, seconds=600)
    paused = team.tao.post(at, **start, name="For tonight", settings=QUICK)
    team.tao.patch(f"runs/{paused['id']}/", wants="pause")
    low = team.tao.post(at, **start, name="When nothing else is", settings=QUICK)
    team.tao.patch(f"queue/{low['id']}/", priority="low")
    first = team.tao.post(
        at,
        **start,
        name="Then by reward",
        settings=QUICK,
        then=[{"method": "grpo", "settings": {"steps": 20}, "name": "Reward"}],
    )
    other = team.olga.post("projects/", name="Library desk")["slug"]
    let_in(team, other)
    team.tao.post(f"checkpoints/{trained.run['best_checkpoint']}/exports/", form="merged")
    say("the queue is full")
    return {"live": live["number"], "paused": paused["number"], "queued": first["number"]}
