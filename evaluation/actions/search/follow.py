"""What became of the runs of a search's trials, written down at the trials."""

from typing import Any, NamedTuple

from django.db import transaction

from authoring.errors import StudioError
from authoring.models import Split
from authoring.words import kept
from authoring.words import words as _
from engine.best import LOSS
from evaluation.actions.request import BEFORE_THE_NEXT_RUN, ensure
from evaluation.models import Evaluation, Search, Trial
from evaluation.search.objective import Objective
from evaluation.search.states import TrialState
from training.models import Run
from training.states import JobState

WAITING = frozenset({JobState.QUEUED, JobState.PAUSED})
CHANGES = ("state", "evaluation", "value", "low", "high", "n", "reported", "pruned_at", "failure")


class Newly(NamedTuple):
    """What is new since the last look."""

    complete: bool = False
    failed: bool = False
    over: bool = False
    reported: bool = False


def follow(*, search_id: int) -> Newly:
    """Bring every trial's row up to date with its run and its evaluation; ask for the evaluation of
    a run that has finished. A run that somebody retried makes its trial open again."""
    new = Newly()
    with transaction.atomic():
        search = Search.objects.select_for_update().get(pk=search_id)
        trials = search.trials.exclude(state=TrialState.COMPLETE).exclude(run=None).in_order()
        for trial in trials.select_related("run", "evaluation", "search__snapshot"):
            before = (trial.state, dict(trial.reported))
            _look(trial, search.objective)
            if before == (trial.state, trial.reported):
                continue
            trial.save(update_fields=CHANGES)
            changed = before[0] != trial.state
            new = Newly(
                complete=new.complete or (changed and trial.state == TrialState.COMPLETE),
                failed=new.failed or (changed and trial.state == TrialState.FAILED),
                over=new.over or (changed and not trial.is_open),
                reported=new.reported or before[1] != trial.reported,
            )
    return new


def _look(trial: Trial, objective: Objective) -> None:
    """Set what the run's state says of the trial."""
    run = trial.run
    assert run is not None
    trial.reported = _reported(run, objective) or trial.reported
    trial.failure = None
    if run.state in WAITING:
        trial.state = TrialState.WAITING
    elif run.state == JobState.FAILED:
        _fail(trial, run.failure or {})
    elif run.state == JobState.STOPPED:
        trial.state = TrialState.STOPPED if trial.pruned_at is None else TrialState.PRUNED
    elif run.state == JobState.FINISHED:
        trial.pruned_at = None  # it was faster than the wish to stop it
        _measure(trial, run, objective)
    else:
        trial.state = TrialState.RUNNING


def _reported(run: Run, objective: Objective) -> dict[str, float]:
    """Share of the training in per cent → what it measured there. Keys are texts, as in JSON."""
    shown = {}
    for one in run.checkpoints.order_by("step"):
        value = objective.shown_by(one.values)
        if value is not None and run.total_steps:
            shown[str(max(1, round(100 * one.step / run.total_steps)))] = value
    return shown


def _measure(trial: Trial, run: Run, objective: Objective) -> None:
    """The value of a finished run: its best checkpoint's score, once that is there."""
    if run.best_checkpoint is None:
        _fail(trial, {"message": _("The run saved no checkpoint.")})
    elif not objective.needs_evaluation:
        losses = [one.values.get(LOSS) for one in run.checkpoints.all()]
        _complete(trial, min((one for one in losses if one is not None), default=None))
    else:
        try:
            _from_evaluation(trial, _evaluation(trial, run), objective)
        except StudioError as error:
            _fail(trial, {"message": error.message, "remedy": error.remedy})


def _evaluation(trial: Trial, run: Run) -> Evaluation:
    """On the validation split, under the generation setting of every other trial."""
    if trial.evaluation is None:
        trial.evaluation = ensure(
            by=trial.search.created_by,
            snapshot=trial.search.snapshot,
            split=Split.VALIDATION,
            checkpoint=run.best_checkpoint,
            base_model=None,
            priority=BEFORE_THE_NEXT_RUN,
        ).evaluation
    return trial.evaluation


def _from_evaluation(trial: Trial, evaluation: Evaluation, objective: Objective) -> None:
    if evaluation.is_scored:
        score = evaluation.scores.filter(metric=objective.metric, slice=objective.slice).first()
        _complete(trial, None if score is None else score.value)
        if score is not None:
            trial.low, trial.high, trial.n = score.low, score.high, score.n
    elif evaluation.scoring_failure:
        _fail(trial, evaluation.scoring_failure)
    elif evaluation.state == JobState.FAILED:
        _fail(trial, evaluation.failure or {})
    elif evaluation.state == JobState.STOPPED:
        _fail(trial, {"message": _("Its evaluation was stopped.")})
    else:
        trial.state = TrialState.MEASURING


def _complete(trial: Trial, value: float | None) -> None:
    if value is None:
        _fail(trial, {"message": _("The metric is undefined for its answers.")})
    else:
        trial.state, trial.value = TrialState.COMPLETE, value


def _fail(trial: Trial, why: dict[str, Any]) -> None:
    trial.state = TrialState.FAILED
    trial.failure = {
        "message": kept(why.get("message") or _("It failed without saying why.")),
        "remedy": kept(why.get("remedy") or ""),
    }
