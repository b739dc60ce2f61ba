"""Messages of evaluation, all for the light worker. Each carries an id and nothing else."""

import logging
from datetime import timedelta

from celery import shared_task
from django.db.models.functions import Now

from authoring.faults import DATABASE_AWAY
from evaluation.models import Evaluation
from evaluation.scoring import note_fault
from evaluation.scoring import score as score_evaluation
from training.announce import BROKER_ERRORS, impatient_connection

log = logging.getLogger(__name__)

A_MINUTE = timedelta(minutes=1)
"""How long a message may take before the work is done without it."""


@shared_task(name="evaluation.tasks.score")
def score(evaluation_id: int) -> None:
    """Score an evaluation's stored predictions; harmless when it comes twice."""
    evaluation = Evaluation.objects.filter(pk=evaluation_id).first()
    if evaluation is None:
        return
    try:
        score_evaluation(evaluation=evaluation)
    except DATABASE_AWAY:
        raise
    except Exception as error:
        log.exception("the studio broke over the scores of evaluation %s", evaluation_id)
        note_fault(evaluation=evaluation, error=error)


@shared_task(name="evaluation.tasks.score_waiting")
def score_waiting() -> None:
    """Score what was predicted while the broker or the light worker was away (beat calls this). One that
    breaks keeps no other waiting."""
    overdue = Evaluation.objects.unscored().filter(finished_at__lt=Now() - A_MINUTE)
    for evaluation_id in overdue.order_by("pk").values_list("pk", flat=True):
        try:
            score(evaluation_id)
        except Exception:
            log.exception("evaluation %s could not be scored", evaluation_id)


def send_score(evaluation_id: int) -> bool:
    """Announce that predictions wait; False when the broker doesn't take it. Of what isn't scored yet
    nothing is lost: `score_waiting` looks again."""
    try:
        with impatient_connection() as connection:
            score.apply_async([evaluation_id], connection=connection, retry=False)
    except BROKER_ERRORS as error:
        log.warning("evaluation %s is scored later, unannounced: %s", evaluation_id, error)
        return False
    return True
