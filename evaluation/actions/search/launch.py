"""Begin a search, and ask more of one."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from authoring.errors import Conflict, Invalid, NothingToDo
from authoring.models import Project, Snapshot, User
from authoring.permissions import require
from authoring.states import after
from authoring.words import words as _
from engine.architectures import ARCHITECTURES
from engine.errors import SpecError
from engine.settings import settings_for
from evaluation.actions.search.trials import try_out
from evaluation.models import Search
from evaluation.search.announce import announce
from evaluation.search.objective import CHOSEN_BY, Objective, objectives_of
from evaluation.search.space import Space, as_json, first_guess, read_space
from evaluation.search.states import SEARCH
from training.models import BaseModel, Checkpoint, Method

LIMITS = {"trials": (1, 1000), "at_once": (1, 16), "keep": (0, 100), "seed": (0, 2**31 - 1)}
"""The least and the most that may be asked for."""


def launch(
    *,
    by: User,
    project: Project,
    method: str,
    snapshot: Snapshot,
    space: Mapping[str, Any],
    base_model: BaseModel | None = None,
    checkpoint: Checkpoint | None = None,
    fixed: Mapping[str, Any] | None = None,
    metric: str = "",
    slice: str = "",
    trials: int = 20,
    at_once: int = 1,
    seed: int = 17,
    pruning: bool = True,
    keep: int = 3,
    name: str = "",
) -> Search:
    """Queue the first trial of a search; the others follow as trials end.

    The first trial tries the defaults (`space.first_guess`), so that whatever a run would be refused
    for is refused here. Without a `metric` the snapshot's most telling one is taken.

    Raises PermissionDenied; Invalid with `fields`; NothingToDo (no validation split); and what
    `training.actions.runs.launch` raises.
    """
    require(by, "train", project)
    chosen = _space(method, space, dict(fixed or {}))
    base = _base(base_model, checkpoint)
    objective = _objective(project, snapshot, base, metric, slice)
    fixed = _chosen_by(objective, dict(fixed or {}))
    _require_numbers(trials=trials, at_once=at_once, keep=keep, seed=seed)
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)  # numbers without gaps or doubles
        last = Search.objects.filter(project=project).aggregate(Max("number"))["number__max"] or 0
        search = Search.objects.create(
            project=project,
            number=last + 1,
            name=name.strip(),
            created_by=by,
            method=method,
            base_model=base,
            checkpoint=checkpoint,
            snapshot=snapshot,
            fixed={k: v for k, v in fixed.items() if k not in chosen},
            space_json=as_json(chosen),
            metric=objective.metric,
            slice=objective.slice,
            budget=trials,
            at_once=at_once,
            seed=seed,
            pruning=pruning,
            keep=keep,
        )
        try_out(search=search, number=1, settings=first_guess(method, chosen))
        announce(search.pk)
    return search


def extend(*, by: User, search: Search, trials: int) -> None:
    """Let there be `trials` in all, and go on. Raises PermissionDenied, Invalid, Conflict."""
    require(by, "train", search.project)
    _require_numbers(trials=trials)
    with transaction.atomic():
        locked = Search.objects.select_for_update().get(pk=search.pk)
        asked = locked.trials.count()
        if trials <= asked:
            raise Conflict(
                _("%(n)s trials were asked for already.", n=asked),
                _("Ask for more than that."),
            )
        locked.budget = trials
        locked.state = after(SEARCH, "extend", locked.state)
        locked.finished_at, locked.halted, locked.tried_out = None, None, False
        locked.save(update_fields=["budget", "state", "finished_at", "halted", "tried_out"])
        announce(search.pk)
    search.refresh_from_db()


def _base(base_model: BaseModel | None, checkpoint: Checkpoint | None) -> BaseModel:
    if (base_model is None) == (checkpoint is None):
        why = _("Choose either a base model or a checkpoint.")
        raise Invalid(_("Every trial starts from one model."), why, {"base_model": [why]})
    if base_model is not None:
        return base_model
    assert checkpoint is not None
    return checkpoint.run.base_model


def _space(method: str, space: Mapping[str, Any], fixed: dict[str, Any]) -> Space:
    """The space, checked against the method and against what is fixed. Raises Invalid."""
    if method not in Method.values:
        why = _("There is no method called %(method)s.", method=method)
        raise Invalid(why, _("Choose one of: %s.") % ", ".join(Method.values), {"method": [why]})
    try:
        chosen = read_space(method, space)
        settings_for(method, fixed)
    except SpecError as error:
        raise Invalid(
            _("Some settings can't be searched like this."),
            _("Change the fields named here."),
            {name: [why] for name, why in error.fields.items()},
        ) from error
    if fixed.get("tuning") == "full":
        why = _("There are no adapters where all weights are trained.")
        needless = {name: [why] for name in chosen if name.startswith("lora_")}
        if needless:
            raise Invalid(why, _("Fix these settings, or train adapters."), needless)
    return chosen


def _objective(
    project: Project, snapshot: Snapshot, base: BaseModel, metric: str, slice: str
) -> Objective:
    if snapshot.project_id != project.pk:
        why = _("This snapshot belongs to another project.")
        raise Invalid(why, _("Choose one of this project's."), {"snapshot": [why]})
    known = objectives_of(snapshot)
    if not known:
        raise NothingToDo(
            _("This snapshot has no validation split, and the test split must choose nothing."),
            _("Freeze a snapshot with some validation pairs."),
        )
    if not metric:
        return known[0]
    asked = Objective(metric, slice)
    if asked not in known:
        why = _("This is not measured on the validation split.")
        names = ", ".join(" ".join(filter(None, one)) for one in known)
        raise Invalid(why, _("Choose one of: %s.") % names, {"metric": [why]})
    if asked.needs_probabilities and not ARCHITECTURES[base.architecture].forecasts:
        why = _("Only an encoder classifier gives every label a probability.")
        raise Invalid(
            why, _("Choose another metric, or start from a classifier."), {"metric": [why]}
        )
    return asked


def _chosen_by(objective: Objective, fixed: dict[str, Any]) -> dict[str, Any]:
    """A trial is measured at its run's best checkpoint: one that is best by the objective itself,
    where nobody said otherwise and a run can tell."""
    said, looks = fixed.get("best_metric", "auto"), fixed.get("validation_rows", 1)
    if objective.metric in CHOSEN_BY and said == "auto" and looks:
        return fixed | {"best_metric": CHOSEN_BY[objective.metric]}
    return fixed


def _require_numbers(**given: int) -> None:
    wrong = {
        name: [_("Between %(low)s and %(high)s.", low=LIMITS[name][0], high=LIMITS[name][1])]
        for name, value in given.items()
        if not LIMITS[name][0] <= value <= LIMITS[name][1]
    }
    if wrong:
        raise Invalid(
            _("Some numbers are out of range."), _("Change the fields named here."), wrong
        )
