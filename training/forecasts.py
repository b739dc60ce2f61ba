"""Holds what was said of a run against what it took, and corrects the next one by it."""

import logging

from django.db.models.functions import Now

from engine.settings import TrainSettings
from training.models import CalibrationState, Forecast, Run
from training.plan import plan

WORTH = 30.0
"""Seconds of training: what is shorter is mostly start-up, and teaches nothing about speed."""

log = logging.getLogger(__name__)


def write(run: Run) -> None:
    """By the worker, before it starts the engine. A forecast that can't be made holds nobody up."""
    settings = run.engine_settings()
    assert isinstance(settings, TrainSettings)
    try:
        made = plan(run.snapshot, settings, run.base_model, run.parent, evaluate=False)
    except Exception:
        log.exception("run %s has no forecast", run.pk, extra={"job_id": run.pk})
        return
    if made.counts is None:
        return
    expected = made.expected
    Forecast.objects.update_or_create(
        run=run,
        defaults={
            "calibration": expected and expected.calibration,
            "steps": made.counts.work.steps,
            "tokens": made.counts.work.tokens,
            "seconds": expected and expected.run.seconds,
            "start_up": expected and expected.run.start_up,
            "correction": expected and expected.calibration.correction,
            "memory_bytes": expected and expected.run.memory_bytes,
        },
    )


def learn(run: Run) -> None:
    """The run finished in one go: keep its real seconds, and tell the calibration."""
    forecast = Forecast.objects.filter(run=run).select_related("calibration").first()
    started = Run.objects.filter(pk=run.pk).values_list("started_at", flat=True).first()
    if forecast is None or started is None:
        return
    now = Run.objects.filter(pk=run.pk).annotate(now=Now()).values_list("now", flat=True).get()
    forecast.real_seconds = (now - started).total_seconds()
    forecast.save(update_fields=["real_seconds"])
    calibration = forecast.calibration
    if calibration is None or calibration.state != CalibrationState.DONE or not forecast.seconds:
        return
    if forecast.real_seconds >= WORTH:
        corrected = forecast.correction or calibration.correction
        calibration.learn(forecast.seconds, forecast.real_seconds, corrected)
