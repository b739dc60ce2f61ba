"""What a device worker measured of a base model, once: what runs of it will cost on that machine."""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from engine.apart import measured_apart
from engine.calibration import Calibration as Measured
from engine.run_dir import RunDir
from engine.settings import CalibrateSettings, TrainSettings, settings_for
from training.models.base_model import BaseModel

LONGEST = timedelta(minutes=10)
"""A measurement that takes longer was lost with its worker."""


class CalibrationState(models.TextChoices):
    ASKED = "asked", _("asked for")
    MEASURING = "measuring", _("being measured")
    DONE = "done", _("measured")
    FAILED = "failed", _("failed")


class CalibrationQuerySet(models.QuerySet["Calibration"]):
    def of(self, base_model: BaseModel, settings: TrainSettings) -> "CalibrationQuerySet":
        """Those that hold for a run with these settings."""
        return self.filter(
            base_model=base_model,
            tuning=settings.tuning,
            dtype=settings.dtype,
            settings=measured_apart(settings),
        )

    def done(self) -> "CalibrationQuerySet":
        """Newest first."""
        return self.filter(state=CalibrationState.DONE).order_by("-measured_at")

    def under_way(self) -> "CalibrationQuerySet":
        """Asked for, or measured by a worker that is still believed in."""
        return self.filter(
            Q(state=CalibrationState.ASKED)
            | Q(state=CalibrationState.MEASURING, started_at__gt=Now() - LONGEST)
        )

    def waiting(self) -> "CalibrationQuerySet":
        """What a worker may take: asked for, or lost with the worker that had it."""
        return self.filter(
            Q(state=CalibrationState.ASKED)
            | Q(state=CalibrationState.MEASURING, started_at__lte=Now() - LONGEST)
        )


class Calibration(models.Model):
    """One row a measurement; the newest that is done counts for its model, tuning and format."""

    base_model = models.ForeignKey(
        "training.BaseModel", models.CASCADE, related_name="calibrations"
    )
    tuning = models.CharField(max_length=12)
    dtype = models.CharField(max_length=12)
    """As a run's settings name it: auto, float32 …"""
    settings = models.JSONField(default=dict)
    """What else needs a measurement of its own, where it isn't the default (`engine.apart`)."""
    state = models.CharField(
        max_length=10, choices=CalibrationState, default=CalibrationState.ASKED
    )
    machine = models.CharField(max_length=200, blank=True)
    """The device and its threads: what it holds for."""
    values = models.JSONField(default=dict)
    """engine.calibration.Calibration as JSON."""
    failure = models.JSONField(null=True)
    """{message, remedy}"""
    correction = models.FloatField(default=1.0)
    """Real seconds of finished runs over estimated ones, smoothed."""
    runs = models.PositiveIntegerField(default=0)
    """How many finished runs taught it that."""
    asked_by = models.ForeignKey("authoring.User", models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    measured_at = models.DateTimeField(null=True)

    objects = CalibrationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=CalibrationState.values), name="calibration_state_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.base_model}, {self.tuning}, {self.dtype}"

    @property
    def run_dir(self) -> RunDir:
        return RunDir(Path(settings.STUDIO_HOME) / "calibrations" / str(self.pk))

    def to_measure(self) -> CalibrateSettings:
        asked = {"tuning": self.tuning, "dtype": self.dtype, **self.settings}
        found = settings_for("calibrate", asked)
        assert isinstance(found, CalibrateSettings)
        return found

    def measured(self) -> Measured:
        return Measured.from_json(self.values)

    @property
    def took(self) -> float | None:
        """Seconds from the start of the measurement to its end."""
        if self.state != CalibrationState.DONE or not (self.started_at and self.measured_at):
            return None
        return (self.measured_at - self.started_at).total_seconds()

    def learn(self, estimated: float, real: float, corrected: float) -> None:
        """A run took `real` seconds where `estimated` were said under the correction `corrected`,
        which runs that finished meanwhile may have moved: half of that is believed."""
        ratio = min(4.0, max(0.25, real / estimated)) * corrected
        self.correction = (self.correction + ratio) / 2
        self.runs += 1
        self.save(update_fields=["correction", "runs"])
