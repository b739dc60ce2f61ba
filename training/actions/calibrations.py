"""Ask a device worker to measure a base model, and take its measurement in."""

import json
import logging
import shutil
import time
import traceback
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from authoring import announce, faults
from authoring.errors import Invalid, StudioError
from authoring.faults import DATABASE_AWAY
from authoring.models import User
from authoring.words import kept
from authoring.words import words as _
from engine.apart import measured_apart
from engine.architectures import ARCHITECTURES
from engine.calibration import Calibration as Measured
from engine.errors import EngineError, SpecError
from engine.events import EXIT_FINISHED
from engine.run_dir import write_atomically
from engine.settings import TrainSettings, options, settings_for
from engine.spec import JobSpec
from engine.words import Words
from training.actions import base_models
from training.handlers.files import base_weights, versions
from training.models import BaseModel, Calibration, CalibrationState
from training.runner.process import EngineProcess
from training.runner.shutdown import leaving

SECONDS = 540.0
"""It takes about half a minute; a machine that needs many times that is not waited for."""

TICK = 0.5
"""Seconds between two looks at whether the worker is asked to end."""


class Interrupted(Exception):
    """The worker is asked to end: nobody waits for a measurement."""


log = logging.getLogger(__name__)


def ask(
    *,
    by: User,
    base_model: BaseModel,
    tuning: str = "",
    dtype: str = "auto",
    settings: Mapping[str, Any] | None = None,
    again: bool = False,
) -> Calibration:
    """The newest measurement that holds for runs of this model with these settings, under way or
    done; a new one where there is none.

    `settings` are a run's, or some of them; those that cost nothing are not looked at. `again`
    measures anew. Raises PermissionDenied, Invalid (a tuning that the architecture hasn't, settings
    that aren't).
    """
    base_models.require_trainer(by)
    known = ARCHITECTURES[base_model.architecture].tunings if base_model.pretrained else ("full",)
    tuning = tuning or known[0]
    if tuning not in known:
        why = _("This model can be trained by %s only.") % ", ".join(known)
        raise Invalid(why, fields={"tuning": [why]})
    apart = _checked({**(settings or {}), "tuning": tuning, "dtype": dtype})
    with transaction.atomic():
        BaseModel.objects.select_for_update().get(pk=base_model.pk)  # two clicks, one measurement
        found = Calibration.objects.of(base_model, apart)
        there = found.under_way().first() or (None if again else found.done().first())
        if there:
            return there
        made = Calibration.objects.create(
            base_model=base_model,
            tuning=tuning,
            dtype=dtype,
            settings=measured_apart(apart),
            asked_by=by,
        )
        transaction.on_commit(partial(announce.announce_now, "training.tasks.calibrate", made.pk))
    return made


def _checked(values: Mapping[str, Any]) -> TrainSettings:
    known = {one.name for one in options("calibrate")}
    try:
        found = settings_for("calibrate", {name: values[name] for name in values.keys() & known})
    except SpecError as error:
        why = {name: [text] for name, text in error.fields.items()}
        raise Invalid(error.message, error.remedy, why) from error
    assert isinstance(found, TrainSettings)
    return found


def measure(calibration_id: int) -> None:
    """Called by a device worker: run the engine's calibration, if nobody does so already."""
    claimed = Calibration.objects.waiting().filter(pk=calibration_id)
    if not claimed.update(state=CalibrationState.MEASURING, started_at=Now()):
        return
    calibration = Calibration.objects.select_related("base_model").get(pk=calibration_id)
    try:
        found = _measured(calibration)
    except Interrupted:
        calibration.state = CalibrationState.ASKED  # the next worker begins anew
        calibration.save(update_fields=["state"])
        return
    except DATABASE_AWAY:
        raise
    except Exception as error:
        log.warning("calibration %s failed: %s", calibration_id, traceback.format_exc())
        calibration.failure = _failure(error)
        calibration.state = CalibrationState.FAILED
    else:
        threads = f", {found.threads} threads" if found.threads > 1 else ", 1 thread"
        calibration.machine = f"{found.machine}: {found.device}{threads}"[:200]
        calibration.values, calibration.state = found.to_json(), CalibrationState.DONE
    calibration.measured_at = Now()
    calibration.save(update_fields=["state", "machine", "values", "failure", "measured_at"])


def _failure(error: Exception) -> dict[str, Any]:
    match error:
        case StudioError() | EngineError():
            return {"message": kept(error.message), "remedy": kept(error.remedy)}
        case OSError():
            return {"message": str(error), "remedy": ""}
    return faults.failure(error)


def _measured(calibration: Calibration) -> Measured:
    run_dir = calibration.run_dir
    shutil.rmtree(run_dir.root, ignore_errors=True)
    model = base_weights(calibration.base_model)
    spec = JobSpec("calibrate", model, {}, calibration.to_measure(), versions())
    write_atomically(run_dir.spec_path, spec.to_json())
    attempt = run_dir.attempt(1)
    began, code = time.monotonic(), None
    with EngineProcess("calibrate", run_dir.root, attempt, None) as process:
        while code is None and time.monotonic() - began < SECONDS:
            if leaving():
                raise Interrupted
            code = process.wait(TICK)
    if code != EXIT_FINISHED:
        raise EngineError(
            *_why(attempt.events.read_text() if attempt.events.exists() else "", code)
        )
    return Measured.read(attempt.folder / "calibration.json")


def _why(said: str, code: int | None) -> tuple[Words, Words]:
    """The engine's own words, from its events; else what became of the process."""
    events = [json.loads(line) for line in said.splitlines() if line.endswith("}")]
    for event in events:
        if event["kind"] == "failure":
            return Words.of(event["said"]["message"]), Words.of(event["said"]["remedy"])
    if code is None:
        return (
            _("The measurement did not end within %(seconds)s s.", seconds=round(SECONDS)),
            _("Try again when the machine is idle."),
        )
    return (
        _("The engine ended with code %(code)s.", code=code),
        _("Look into the calibration's log.txt."),
    )
