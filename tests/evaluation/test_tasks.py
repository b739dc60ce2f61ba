"""Scoring by message, and without one when the broker was away."""

from datetime import timedelta

import pytest
from django.utils import timezone

from authoring.words import told
from evaluation import tasks
from evaluation.actions.rescore import rescore
from evaluation.models import Evaluation
from tests.evaluation.conftest import as_if_frozen_with


@pytest.fixture
def evaluation(evaluate, snapshot, questions, base_model):
    return evaluate(snapshot, dict.fromkeys(questions, "book"), base_model=base_model)


@pytest.fixture
def overdue(evaluation):
    """Predicted two minutes ago, and no message came."""
    then = timezone.now() - timedelta(minutes=2)
    Evaluation.objects.update(finished_at=then)
    return evaluation


def test_a_message_scores(evaluation):
    tasks.score(evaluation.pk)
    evaluation.refresh_from_db()
    assert evaluation.is_scored


def test_a_message_about_a_deleted_evaluation_is_harmless(db):
    tasks.score(12345)


def test_what_waits_too_long_is_scored_without_a_message(overdue):
    tasks.score_waiting()
    overdue.refresh_from_db()
    assert overdue.is_scored


def test_one_that_breaks_keeps_no_other_waiting_and_is_not_tried_again_by_itself(
    overdue, olga, evaluate, snapshot, questions, checkpoint, monkeypatch, caplog
):
    other = evaluate(snapshot, dict.fromkeys(questions, "book"), checkpoint=checkpoint)
    Evaluation.objects.update(finished_at=timezone.now() - timedelta(minutes=2))
    scored = tasks.score_evaluation

    def broken(*, evaluation):
        if evaluation == overdue:
            raise RuntimeError("a fault of ours")
        return scored(evaluation=evaluation)

    monkeypatch.setattr(tasks, "score_evaluation", broken)
    tasks.score_waiting()
    other.refresh_from_db()
    assert other.is_scored
    overdue.refresh_from_db()
    assert "a fault of ours" in told(overdue.scoring_failure["message"])
    assert "RuntimeError: a fault of ours" in caplog.text

    monkeypatch.undo()
    tasks.score_waiting()
    overdue.refresh_from_db()
    assert not overdue.is_scored
    monkeypatch.setattr(tasks, "send_score", lambda pk: tasks.score(pk) or True)
    rescore(by=olga, evaluation=overdue)
    overdue.refresh_from_db()
    assert (overdue.is_scored, overdue.scoring_failure) == (True, None)


def test_what_has_just_finished_is_left_to_its_message(evaluation):
    tasks.score_waiting()
    evaluation.refresh_from_db()
    assert not evaluation.is_scored


def test_what_the_scorer_refused_is_not_tried_again_and_again(overdue, intent):
    intent.labels = ["book"]
    as_if_frozen_with(intent, overdue)
    tasks.score_waiting()
    assert not Evaluation.objects.unscored().exists()


def test_a_broker_that_is_away_costs_no_error(evaluation, settings, tmp_path, caplog):
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/no.sock"
    tasks.send_score(evaluation.pk)
    assert "is scored later" in caplog.text
