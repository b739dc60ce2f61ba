"""Launch a run, and launch one like it."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings as studio
from django.db import transaction
from django.db.models import Max
from django.utils.module_loading import import_string

from authoring.errors import Invalid, NothingToDo, Unavailable
from authoring.models import Project, Snapshot, Split, User
from authoring.permissions import require
from authoring.words import words as _
from engine.errors import SpecError
from engine.settings import GRPOSettings, TrainSettings, settings_for
from training import fits
from training.actions.queue import announce
from training.chains import checkpoint_for
from training.handlers.files import tasks_of, weights_of
from training.models import BaseModel, Checkpoint, IfFailed, Kind, Method, Run, Takes
from training.states import JobState
from training.unrewarded import unrewarded


def launch(
    *,
    by: User,
    project: Project,
    method: str,
    snapshot: Snapshot,
    base_model: BaseModel | None = None,
    checkpoint: Checkpoint | None = None,
    settings: Mapping[str, Any] | None = None,
    name: str = "",
    evaluate: bool = True,
    after: Run | None = None,
    takes: str = Takes.BEST,
    if_failed: str = IfFailed.CANCEL,
    keep_best: int | None = None,
    then: Sequence[Mapping[str, Any]] = (),
) -> Run:
    """Queue a run of `method` on `snapshot`, from a base model, from a checkpoint, or from the one
    that the run `after` will have: its best or its last (`takes`).

    `then` launches the rest of a chain with it, all or nothing: each item has a method and whatever
    else of these arguments, and waits for the one before it. `if_failed` says what becomes of a
    run when the one that it waits for fails or is stopped. `keep_best`: see Run; None takes the
    studio's. It is safe in the queue when this returns, whether or not broker and workers are there.
    Settings that are left out take their defaults, and all are kept as they are now.

    Raises PermissionDenied; Invalid with `fields` (settings out of range or contradicting each
    other, weights of another project); NothingToDo (nothing to train on); Unavailable (the weights'
    folder is gone, the disk is nearly full).
    """
    require(by, "train", project)
    base = start_of(project, base_model, checkpoint, after)
    if after is not None:
        after.refresh_from_db()
    if after is not None and after.is_over:
        checkpoint = _left_by(after, takes, if_failed)
    later = after is not None and checkpoint is None
    has_weights = later or checkpoint is not None or base.pretrained
    chosen = checked_settings(method, base, checkpoint, dict(settings or {}), later=later)
    _require_rows(project, snapshot)
    kinds = [one.kind for one in tasks_of(snapshot, Split.TRAIN).values()]
    fits.require(base, tuning=chosen.tuning, kinds=kinds)
    if isinstance(chosen, GRPOSettings):
        _require_rewards(snapshot, chosen, has_weights)
    weights_of(base, checkpoint)
    _require_disk()
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)  # numbers without gaps or doubles
        last = Run.objects.filter(project=project).aggregate(Max("number"))["number__max"] or 0
        run = Run.objects.create(
            kind=Kind.RUN,
            project=project,
            created_by=by,
            number=last + 1,
            name=name.strip(),
            method=method,
            base_model=base,
            parent=checkpoint,
            after=after,
            takes=takes,
            if_failed=if_failed,
            state=JobState.WAITING if later else JobState.QUEUED,
            snapshot=snapshot,
            settings=asdict(chosen),
            evaluate=evaluate,
            keep_best=studio.KEEP_BEST if keep_best is None else keep_best,
        )
        if not later:
            announce(run)
        if evaluate and studio.AUTOMATIC_EVALUATION:
            import_string(studio.AUTOMATIC_EVALUATION)(run=run, checkpoint=None)
        if then:
            _launch_next(by, run, then)
    return run


def _launch_next(by: User, run: Run, then: Sequence[Mapping[str, Any]]) -> None:
    """The rest of the chain behind `run`. An error of any part is the whole chain's."""
    first = {"snapshot": run.snapshot, "evaluate": run.evaluate, "name": run.name, **then[0]}
    try:
        launch(by=by, project=run.project, after=run, then=then[1:], **first)
    except Invalid as error:
        said = [f"{name}: {why}" for name, found in error.fields.items() for why in found]
        raise Invalid(
            error.message, error.remedy, {"then": said or [str(error.message)]}
        ) from error


def clone(
    *,
    by: User,
    run: Run,
    settings: Mapping[str, Any] | None = None,
    name: str = "",
    **changed: Any,
) -> Run:
    """A new run like `run`, but for what is `changed` of `launch`'s arguments, and for `settings`.

    Another method begins with its own defaults. Raises as `launch` does.
    """
    same_method = changed.get("method", run.method) == run.method
    asked: dict[str, Any] = {
        "method": run.method,
        "snapshot": run.snapshot,
        "evaluate": run.evaluate,
        "keep_best": run.keep_best,
        "takes": run.takes,
        "if_failed": run.if_failed,
        **changed,
    }
    if not (asked.get("base_model") or asked.get("checkpoint") or asked.get("after")):
        if run.parent is not None:
            asked["checkpoint"] = run.parent
        else:
            asked["after" if run.after else "base_model"] = run.after or run.base_model
    return launch(
        by=by,
        project=run.project,
        settings={**(run.settings if same_method else {}), **(settings or {})},
        name=name or run.name,
        **asked,
    )


def start_of(
    project: Project,
    base_model: BaseModel | None,
    checkpoint: Checkpoint | None,
    after: Run | None = None,
) -> BaseModel:
    """The base model under the run, checked."""
    if sum(one is not None for one in (base_model, checkpoint, after)) != 1:
        why = _("Choose either a base model, a checkpoint, or a run to wait for.")
        raise Invalid(_("A run starts from one model."), why, {"base_model": [why]})
    if base_model is not None:
        return base_model
    if after is not None:
        if after.project_id != project.pk:
            why = _("This run belongs to another project.")
            raise Invalid(why, _("Choose one of this project's."), {"after": [why]})
        return after.base_model
    assert checkpoint is not None
    if checkpoint.run.project_id != project.pk:
        why = _("This checkpoint belongs to another project.")
        raise Invalid(why, _("Choose one of this project's."), {"checkpoint": [why]})
    if checkpoint.deleted_at is not None:
        raise NothingToDo(
            _("The files of this checkpoint were deleted."), _("Choose another checkpoint.")
        )
    return checkpoint.run.base_model


def _left_by(after: Run, takes: str, if_failed: str) -> Checkpoint:
    """The checkpoint of a run that is over already. Raises NothingToDo."""
    found = checkpoint_for(forerunner=after, takes=takes, if_failed=if_failed)
    if found is None:
        raise NothingToDo(
            _("Run %(number)d is over, and has no checkpoint to go on from.", number=after.number),
            _("Try that run again first, or choose another."),
        )
    return found


def checked_settings(
    method: str,
    base: BaseModel,
    checkpoint: Checkpoint | None,
    values: dict[str, Any],
    *,
    later: bool = False,
) -> TrainSettings:
    """Defaults filled in, and what this model can't be trained by refused. Raises Invalid.

    `later`: it starts from a checkpoint that is yet to come.
    """
    has_weights = later or checkpoint is not None or base.pretrained
    if method not in Method.values:
        why = _("There is no method called %(method)s.", method=method)
        raise Invalid(why, _("Choose one of: %s.") % ", ".join(Method.values), {"method": [why]})
    fits.require(base, method=method)
    if not fits.takes_adapters(base, from_nothing=not has_weights):
        values.setdefault("tuning", "full")
    try:
        chosen = settings_for(method, values)
    except SpecError as error:
        raise Invalid(
            _("Some settings are out of range."),
            _("Change the fields named here."),
            {name: [why] for name, why in error.fields.items()},
        ) from error
    assert isinstance(chosen, TrainSettings)
    if not has_weights and chosen.tuning != "full":
        why = _("A model from nothing has no weights to put adapters on: choose full.")
        raise Invalid(why, fields={"tuning": [why]})
    return chosen


def _require_rows(project: Project, snapshot: Snapshot) -> None:
    if snapshot.project_id != project.pk:
        why = _("This snapshot belongs to another project.")
        raise Invalid(why, _("Choose one of this project's."), {"snapshot": [why]})
    if not snapshot.rows(Split.TRAIN):
        raise NothingToDo(
            _("This snapshot has nothing in its train split."),
            _("Approve some pairs and freeze another snapshot."),
        )


def _require_rewards(snapshot: Snapshot, chosen: GRPOSettings, has_weights: bool) -> None:
    if not has_weights:
        why = _("A model from nothing can't answer yet, so there is nothing to reward.")
        raise Invalid(
            why, _("Train it by SFT first, then start from a checkpoint."), {"base_model": [why]}
        )
    if found := unrewarded(snapshot, chosen.reward):
        raise Invalid(found.why, found.remedy, {"reward": [found.why]})


def _require_disk() -> None:
    """Checkpoints must fit. Raises Unavailable."""
    home = Path(studio.STUDIO_HOME)
    free = shutil.disk_usage(home).free
    if free < studio.DISK_RESERVE:
        raise Unavailable(
            _("Only %(free)d MiB are free where the studio keeps its files.", free=free // 2**20),
            _(
                "Delete old checkpoints or free %(missing)d MiB; nothing was lost.",
                missing=(studio.DISK_RESERVE - free) // 2**20 + 1,
            ),
        )
