"""What a launch will come to, and what speaks against it: shown beside the form before it is sent.

settings, snapshot, weights ─▸ token_counts ─▸ engine.calibration ─▸ time and memory
                                    └────────▸ cautions             ─▸ what to change first
"""

import math
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from django.conf import settings as studio
from django.utils.translation import gettext as _

from authoring.models import Snapshot, Split
from authoring.words import told
from engine.calibration import Calibration as Measured
from engine.calibration import Estimate, answering_seconds, estimate
from engine.errors import EngineError
from engine.reckoned import reckoned
from engine.settings import GRPOSettings, SFTSettings, TrainSettings
from engine.work import Answering
from training.answer_length import NEW_TOKENS
from training.basis import Basis, Between, basis_of
from training.cautions import Case, Caution, cautions
from training.handlers.files import tasks_of
from training.models import BaseModel, Calibration, Checkpoint
from training.token_counts import Counts, counts_of


@dataclass(frozen=True)
class Expected:
    """Time and memory on the worker that measured this model."""

    calibration: Calibration
    run: Estimate
    evaluations: float
    """Seconds of the test split's evaluations, all together."""
    evaluation_count: int
    basis: Basis

    @property
    def seconds(self) -> float:
        return self.run.seconds + self.evaluations

    @property
    def seconds_between(self) -> Between:
        return Between(*(self.seconds * one for one in self.basis.time))

    @property
    def memory_between(self) -> Between:
        return Between(*(self.run.memory_bytes * one for one in self.basis.memory))

    @property
    def memory_share(self) -> float | None:
        """Of what the worker has."""
        memory = self.calibration.values.get("memory")
        return self.run.memory_bytes / memory if memory else None


@dataclass
class Plan:
    rows: dict[str, int]
    steps: int
    checkpoints: int
    counts: Counts | None = None
    """None where the tokenizer is not on this machine."""
    expected: Expected | None = None
    """None until a worker has measured the model."""
    basis: Basis | None = None
    """What time and memory are based on, or what it would take; None without a model."""
    disk_bytes: int = 0
    """What the checkpoints will take."""
    warnings: list[Caution] = field(default_factory=list)

    @property
    def calibration(self) -> Calibration | None:
        return self.basis.calibration if self.basis else None


def plan(
    snapshot: Snapshot,
    settings: TrainSettings,
    base: BaseModel | None,
    checkpoint: Checkpoint | None = None,
    *,
    evaluate: bool = True,
) -> Plan:
    """Steps, tokens, time, memory and warnings for these settings on this snapshot."""
    rows = {split: snapshot.rows(split) for split in Split.values}
    counts, unreadable = None, None
    if base is not None:
        try:
            counts = counts_of(snapshot, base, checkpoint, settings)
        except EngineError as error:
            unreadable = Caution("tokenizer", told(error.message), told(error.remedy), "bad")
    steps = counts.work.steps if counts else _steps(rows[Split.TRAIN], settings)
    saved = max(1, math.ceil(steps / _every(steps, settings, counts)))
    made = Plan(rows, steps, saved, counts)
    if counts and not counts.kept:
        made.steps = made.checkpoints = 0  # every pair is too long: the run would end at once
    if base is not None:
        made.basis = basis_of(base, calibration_for(base, settings))
    if base is not None and made.checkpoints:
        made.expected = _expected(snapshot, base, settings, made, evaluate)
    if made.expected:
        made.disk_bytes = saved * made.expected.run.checkpoint_bytes
    case = Case(
        snapshot=snapshot,
        rows=rows,
        settings=settings,
        base=base,
        checkpoint=checkpoint,
        counts=counts,
        estimate=made.expected.run if made.expected else None,
        seconds=made.expected.seconds if made.expected else None,
        memory=made.expected.calibration.values.get("memory", 0) if made.expected else 0,
        disk_bytes=made.disk_bytes,
        disk_free=shutil.disk_usage(Path(studio.STUDIO_HOME)).free - studio.DISK_RESERVE,
    )
    made.warnings = [*([unreadable] if unreadable else []), *cautions(case)]
    return made


def calibration_for(base: BaseModel, settings: TrainSettings) -> Calibration | None:
    """The newest measurement that holds for these settings and is done, else the newest asked for."""
    found = Calibration.objects.of(base, settings)
    return found.done().first() or found.first()


def forecast(
    counts: Counts, calibration: Calibration, settings: TrainSettings, checkpoints: int
) -> Estimate:
    """Time and memory of the run's own process, as earlier runs have corrected it."""
    said = estimate(
        counts.work,
        reckoned(calibration.measured(), settings),
        checkpoints=checkpoints,
        looks=_looks(counts.work.steps, _every(counts.work.steps, settings, counts), settings),
        validation=counts.validation,
        validation_answers=counts.validation_answers,
    )
    factor = calibration.correction
    return replace(
        said,
        steps=said.steps * factor,
        validation=said.validation * factor,
        checkpoints=said.checkpoints * factor,
    )


def _expected(
    snapshot: Snapshot, base: BaseModel, settings: TrainSettings, made: Plan, evaluate: bool
) -> Expected | None:
    calibration = made.calibration
    if made.basis is None or calibration is None or not calibration.values or not made.counts:
        return None
    seconds, count = 0.0, 0
    if evaluate and made.counts.test:
        measured = calibration.measured()
        count = made.checkpoints + (1 if base.pretrained else 0)
        trained = _evaluation(made.counts.test, measured)
        seconds = made.checkpoints * trained
        if base.pretrained:
            cap = _longest_answer(snapshot)
            seconds += _evaluation(_rambling(made.counts.test, cap), measured)
    run = forecast(made.counts, calibration, settings, made.checkpoints)
    return Expected(calibration, run, seconds * calibration.correction, count, made.basis)


def _evaluation(test: Answering, measured: Measured) -> float:
    return measured.start_up + answering_seconds(test, measured)


def _rambling(test: Answering, cap: int) -> Answering:
    """Untrained weights seldom stop: every answer is as long as it may be."""
    batches = max(1.0, test.prefill.calls / 2)
    return replace(test, rounds=batches * cap, row_rounds=float(test.rows * cap))


def _longest_answer(snapshot: Snapshot) -> int:
    kinds = {task.kind for task in tasks_of(snapshot, Split.TEST).values()}
    return max((NEW_TOKENS[kind] for kind in kinds), default=64)


def _looks(steps: int, every: int, settings: TrainSettings) -> int:
    """Measurements on the validation split: at each checkpoint, and at those asked for between."""
    before = steps - 1
    looks = before // every + 1
    if settings.evaluate_every:
        looks += before // settings.evaluate_every
        looks -= before // math.lcm(every, settings.evaluate_every)
    return looks


def _every(steps: int, settings: TrainSettings, counts: Counts | None) -> int:
    """Steps between checkpoints, as the objective takes it where the settings leave it open."""
    if settings.checkpoint_every:
        return settings.checkpoint_every
    if isinstance(settings, GRPOSettings):
        return max(1, settings.steps // 10)
    assert isinstance(settings, SFTSettings)
    if counts:
        return counts.work.steps_per_epoch
    return max(1, math.ceil(steps / math.ceil(settings.epochs)))


def _steps(rows: int, settings: TrainSettings) -> int:
    if isinstance(settings, SFTSettings):
        return max(1, math.ceil(settings.learnt(rows) * settings.epochs / settings.batch_size))
    assert isinstance(settings, GRPOSettings)
    return settings.steps


def duration(seconds: float) -> str:
    """In words that are as exact as the estimate: 40 s, 12 min, 3 h 20 min."""
    if seconds < 90:
        return _("%d s") % max(1, round(seconds))
    minutes = round(seconds / 60)
    if minutes < 90:
        return _("%d min") % minutes
    return _("%(h)d h %(min)d min") % {"h": minutes // 60, "min": minutes % 60}
