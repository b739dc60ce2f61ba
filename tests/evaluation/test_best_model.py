"""The best checkpoint is chosen by the validation split; the test split only measures it."""

import pytest
from rest_framework.test import APIClient

from evaluation.dashboard import board
from evaluation.models import Evaluation
from evaluation.scoring import score
from instructstudio.loop import numbers
from tests.evaluation.conftest import checkpoint_at


@pytest.fixture
def measured(evaluate, snapshot, questions, run):
    """measured(step, {"validation/accuracy": …}, right=n) → a checkpoint scored on the test split."""

    def made(step, values, *, right):
        checkpoint = checkpoint_at(run, step)
        type(checkpoint).objects.filter(pk=checkpoint.pk).update(values=values)
        checkpoint.refresh_from_db()
        outputs = {
            one: one.response if place < right else "nonsense"
            for place, one in enumerate(questions)
        }
        evaluation = evaluate(snapshot, outputs, checkpoint=checkpoint)
        score(evaluation=evaluation)
        return evaluation

    return made


def test_a_lucky_test_score_does_not_make_a_checkpoint_the_best(measured, snapshot):
    chosen = measured(10, {"validation/accuracy": 0.9}, right=3)
    measured(20, {"validation/accuracy": 0.5}, right=6)
    assert board(snapshot=snapshot, split="test").best.evaluation == chosen


def test_without_metrics_the_lowest_validation_loss_decides(measured, snapshot):
    measured(10, {"validation/loss": 0.9}, right=6)
    chosen = measured(20, {"validation/loss": 0.5}, right=3)
    assert board(snapshot=snapshot, split="test").best.evaluation == chosen


def test_the_home_shows_the_test_split_though_a_search_measured_on_validation(
    measured, snapshot, olga
):
    chosen = measured(10, {"validation/accuracy": 0.9}, right=3)
    on_validation = measured(20, {"validation/accuracy": 0.1}, right=1)
    Evaluation.objects.filter(pk=on_validation.pk).update(split="validation")
    assert numbers(snapshot.project, olga).best.evaluation == chosen

    client = APIClient()
    client.force_login(olga)
    best = client.get(f"/api/v1/projects/{snapshot.project.slug}/loop/").json()["best"]
    assert (best["evaluation"], best["checkpoint"]) == (chosen.pk, chosen.checkpoint_id)
    assert best["value"] == chosen.scores.get(metric=best["metric"], slice="").value
