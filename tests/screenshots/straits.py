"""What is seldom looked at: failed runs, exports, a search at its end; then a queue full of several
people's jobs, one of them at work, until the pictures are taken."""

from typing import Any, NamedTuple

from instructstudio.demo.story import OVER
from tests.screenshots import architectures, library
from tests.screenshots.architectures import QUICK
from tests.screenshots.library import Library
from tests.screenshots.team import Team
from tests.screenshots.trained import Say, Trained, launched, model

FOR_EVER = QUICK | {"epochs": 400, "learning_rate": 1e-3, "checkpoint_every": 60, "validation_rows": 16}  # fmt: skip
"""At work for as long as pictures are taken."""
TOO_WIDE = {"width": 2**18, "depth": 1, "heads": 1, "vocabulary": 512}
"""One matrix of it takes 256 GiB: the machine's memory runs out, for real."""
TRIALS = 6
"""Enough for the importances, which ask for four complete ones."""


class Straits(NamedTuple):
    """By what each is: numbers of runs in the project; the search's number; ids."""

    runs: dict[str, int]
    search: int
    export_under_way: int
    """A checkpoint of which an export waits in the queue."""
    library: Library
    empty: str
    """A project without anything in it."""


def bring_about(team: Team, project: str, trained: Trained, say: Say) -> Straits:
    runs = architectures.train_each(team.tao, project, trained, say)
    runs |= _failures(team, project, trained, say)
    _export(team, trained, say)
    search = _search(team, project, trained, say)
    there = library.furnish(team)
    empty = team.olga.post("projects/", name="Support in two languages")["slug"]
    runs |= _queue(team, project, trained, there, say)
    return Straits(runs, search["number"], trained.run["best_checkpoint"], there, empty)


def _failures(team: Team, project: str, trained: Trained, say: Say) -> dict[str, int]:
    """Real ones: no memory for the weights; no pair short enough."""
    wide = team.tao.post(
        "base-models/", source="scratch", name="Far too wide decoder", overrides=TOO_WIDE
    )["id"]
    asked = {
        "out of memory": (wide, QUICK),
        "no data": (model(team.tao, "nano"), QUICK | {"max_length": 16}),
    }
    return {
        name: launched(
            team.tao,
            project,
            say,
            name=f"To fail: {name}",
            snapshot=trained.snapshot["id"],
            base_model=start,
            settings=settings,
            evaluate=False,
        )["number"]
        for name, (start, settings) in asked.items()
    }


def _export(team: Team, trained: Trained, say: Say) -> None:
    best = trained.run["best_checkpoint"]
    for form in ("adapter", "gguf"):
        made = team.tao.post(f"checkpoints/{best}/exports/", form=form)
        done = team.tao.wait(
            f"exports/{made['id']}/", lambda one: one["state"] in OVER, seconds=300
        )
        say(f"export as {form} {done['state']}")


def _search(team: Team, project: str, trained: Trained, say: Say) -> dict[str, Any]:
    search = team.tao.post(
        f"projects/{project}/searches/",
        method="sft",
        name="How fast, how many at once",
        snapshot=trained.snapshot["id"],
        base_model=model(team.tao, "nano-lstm"),
        fixed=QUICK | {"epochs": 4, "validation_rows": 28},
        space={
            "learning_rate": {"low": 1e-3, "high": 2e-2, "log": True},
            "batch_size": {"choices": [8, 16, 32]},
            "weight_decay": {"low": 0.0, "high": 0.2},
        },
        trials=TRIALS,
    )
    done = team.tao.wait(
        f"searches/{search['id']}/", lambda one: one["state"] != "running", seconds=1800
    )
    say(f"search {done['number']}: {done['state']}")
    return done


def _queue(team: Team, project: str, trained: Trained, there: Library, say: Say) -> dict[str, int]:
    """One at work, one paused, the rest in line or waiting: of two projects and two people."""
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
    team.olga.post(
        f"projects/{there.project}/runs/",
        method="sft",
        snapshot=there.snapshot,
        base_model=nano,
        name="The letters",
        settings=QUICK,
    )
    team.tao.post(f"checkpoints/{trained.run['best_checkpoint']}/exports/", form="merged")
    say("the queue is full")
    return {"live": live["number"], "paused": paused["number"], "queued": first["number"]}
