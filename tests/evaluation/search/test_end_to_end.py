"""A search whose trials real workers train and measure, and which outlives them."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from evaluation.actions.search.advance import advance
from evaluation.models import Trial
from tests.evaluation.search.test_advance import trial_of
from tests.training.processes import kill_engines
from tests.training.studio import until
from training.models import Job, Run

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]


@pytest.mark.slow
def test_a_search_outlives_its_worker_and_tells_the_best_trial(studio, begin, home):
    """The worker is killed in the first trial; another takes the run over, and the search with it."""
    search = begin(trials=2, fixed={"epochs": 3, "validation_rows": 4})
    first = studio.worker()
    until(lambda: Job.objects.filter(step__gte=1).exists())
    studio.kill(first)
    kill_engines(home)

    studio.scheduler()
    studio.worker("second")
    until(lambda: type(search).objects.filter(pk=search.pk, state="finished").exists())

    search.refresh_from_db()
    assert [one.state for one in search.trials.in_order()] == ["complete", "complete"]
    assert [one.number for one in search.trials.in_order()] == [1, 2]
    for trial in search.trials.select_related("run", "evaluation"):
        assert trial.run.spec["lineage"]["trial"] == trial.number
        assert (trial.evaluation.split, trial.n) == ("validation", 1)
        score = trial.evaluation.scores.get(metric="f1_macro", slice="")
        assert trial.value == score.value
        assert sorted(trial.reported, key=int) == ["33", "67", "100"]
    assert search.best().value == max(search.trials.values_list("value", flat=True))


def test_a_trial_that_falls_behind_is_stopped_by_the_normal_way_and_pruned(studio, begin, hand):
    """Four trials stand complete at full marks; the fifth, a real run, has a long way to go."""
    search = begin(
        trials=5, metric="accuracy", space={"learning_rate": {"low": 1e-9, "high": 1e-8}},
        fixed={"epochs": 1000, "checkpoint_every": 1},
    )  # fmt: skip
    for number in range(1, 5):
        trial = trial_of(search, number)
        hand.save(trial, 1, 400, loss=0.1, accuracy=1.0)
        hand.end(trial)
        hand.look(search)
        hand.score(trial, 1.0, "accuracy")
        hand.look(search)
    Job.objects.filter(kind="evaluation").update(state="finished")
    studio.worker("device")
    studio.worker("light")  # one of the two is free to look
    studio.scheduler()
    until(lambda: Trial.objects.filter(search=search, number=5, state="pruned").exists())

    trial = trial_of(search, 5)
    assert (trial.run.state, trial.run.failure, trial.value) == ("stopped", None, None)
    assert trial.run.step < 1000
    assert 0 < trial.pruned_at <= 100


def test_workers_that_look_at_once_ask_for_one_trial(studio, begin, hand):
    search = begin(trials=5)
    trial = trial_of(search, 1)
    hand.save(trial, 4, 4, accuracy=0.5)
    hand.end(trial)
    hand.look(search)
    hand.score(trial, 0.5)
    start = Barrier(4)

    def look(_: int) -> None:
        start.wait()
        try:
            advance(search_id=search.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(look, range(4)))
    assert sorted(search.trials.values_list("number", flat=True)) == [1, 2]
    assert Run.objects.count() == 2
