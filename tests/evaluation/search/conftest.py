"""A small search, and a hand that ends its runs: rows as the runner and the scorer leave them."""

import pytest
from django.utils import timezone

from evaluation.actions.search import launch as searches
from evaluation.actions.search.advance import advance
from evaluation.models import Evaluation, Score, Search, Trial
from tests.training.conftest import (  # noqa: F401
    home,
    migrated,
    nano,
    no_broker,
    shared_database,
    snapshot,
    studio,
    task,
)
from training.models import Checkpoint, Run

SPACE = {
    "learning_rate": {"low": 1e-4, "high": 1e-2, "log": True},
    "batch_size": {"choices": [2, 4]},
}


@pytest.fixture
def begin(tao, project, snapshot, nano):  # noqa: F811
    """begin(trials=3, …) → a search of short SFT runs from nothing."""

    def begun(**asked) -> Search:
        fixed = {"epochs": 2, "threads": 1, **asked.pop("fixed", {})}
        given = {"space": SPACE, "trials": 3, "fixed": fixed, **asked}
        return searches.launch(
            by=tao, project=project, method="sft", snapshot=snapshot, base_model=nano, **given
        )

    return begun


class Hand:
    """Does to a trial what worker, engine and scorer would; `look` is the light worker's message."""

    def look(self, search: Search) -> None:
        advance(search_id=search.pk)
        search.refresh_from_db()

    def save(self, trial: Trial, step: int, total: int, **values: float) -> Checkpoint:
        Run.objects.filter(pk=trial.run_id).update(state="running", step=step, total_steps=total)
        made = Checkpoint.objects.create(
            run_id=trial.run_id, step=step, fence=1, path=f"{trial.run_id}/{step}", layout="full",
            sha256="0" * 64, bytes=1, values={f"validation/{k}": v for k, v in values.items()},
        )  # fmt: skip
        made.folder.mkdir(parents=True)
        Run.objects.get(pk=trial.run_id).choose_best()
        return made

    def end(self, trial: Trial, state: str = "finished", **more: object) -> None:
        Run.objects.filter(pk=trial.run_id).update(
            state=state, finished_at=timezone.now(), wants="run", **more
        )

    def score(self, trial: Trial, value: float | None, metric: str = "f1_macro") -> None:
        trial.refresh_from_db()
        found: Evaluation = trial.evaluation
        Score.objects.create(
            evaluation=found, metric=metric, value=value, low=0.0, high=1.0, n=found.rows
        )
        Evaluation.objects.filter(pk=found.pk).update(
            state="finished", finished_at=timezone.now(), scored_at=timezone.now()
        )

    def complete(self, search: Search, trial: Trial, value: float) -> None:
        """Its run trains, saves once, ends; its best checkpoint is predicted and scored."""
        self.save(trial, 4, 4, loss=1 - value, accuracy=value)
        self.end(trial)
        self.look(search)
        self.score(trial, value)
        self.look(search)


@pytest.fixture
def hand(no_broker) -> Hand:  # noqa: F811
    return Hand()
