"""One step of a search, whoever caused it: look at the runs, stop what falls behind, ask the next.

Every step begins from what the database holds and writes under the search's lock, so it may be called
twice, late, or by two workers at once: a trial's number is asked for once and never again.
"""

import logging

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from authoring.errors import Conflict, Invalid, StudioError, Text
from authoring.states import NotAllowed, after
from authoring.words import kept
from authoring.words import words as _
from engine.errors import SpecError
from evaluation.actions.search.follow import follow
from evaluation.actions.search.trials import note_refused, try_out
from evaluation.models import Search, Trial
from evaluation.search import sampler
from evaluation.search.retention import let_go
from evaluation.search.states import SEARCH, SearchState
from training.actions import jobs
from training.models import Run

log = logging.getLogger(__name__)

FAILURES = 3
"""So many trials that fail one after another halt the search: the next would too."""


def advance(*, search_id: int) -> None:
    """Bring the search up to date and carry it on."""
    newly = follow(search_id=search_id)
    search = Search.objects.with_origin().get(pk=search_id)
    try:
        if newly.failed:
            _refuse_to_keep_failing(search)
        if newly.complete:
            _weigh(search)
        if search.pruning and newly.reported:
            _prune(search)
        while search.state == SearchState.RUNNING and _ask_next(search):
            pass
    except StudioError as error:
        halt(search=search, message=error.message, remedy=error.remedy)
    except PermissionDenied:
        halt(
            search=search,
            message=_(
                "%(person)s, who began this search, may not train in this project any more.",
                person=search.created_by,
            ),
            remedy=_("Ask the project's owner for the role, or begin a search like this one."),
        )
    except SpecError as error:
        halt(search=search, message=error.message, remedy=_("Begin another search like this one."))
    _conclude(search)
    if newly.over:
        let_go(search=search)


def halt(*, search: Search, message: Text, remedy: Text) -> None:
    """Pause by itself, and say why. Trials at work go on to their end."""
    with transaction.atomic():
        locked = Search.objects.select_for_update().get(pk=search.pk)
        if locked.state != SearchState.RUNNING:
            return
        locked.state = after(SEARCH, "pause", locked.state)
        locked.halted = {"message": kept(message), "remedy": kept(remedy)}
        locked.save(update_fields=["state", "halted"])
    search.refresh_from_db()
    log.warning("search %s halted: %s", search.pk, message)


def _refuse_to_keep_failing(search: Search) -> None:
    """Asked when another trial has failed. Raises Conflict."""
    over = [one.state for one in search.trials.in_order() if not one.is_open]
    if len(over) >= FAILURES and set(over[-FAILURES:]) == {"failed"}:
        raise Conflict(
            _("The last %(n)s trials failed.", n=FAILURES),
            _("Look at why; a smaller space may help. Then go on, or stop the search."),
        )


def _weigh(search: Search) -> None:
    """What mattered so far, for the page: Optuna is asked here, never by the web process."""
    tried = [one.as_tried() for one in search.trials.in_order()]
    found = sampler.importances(search.space(), tried, maximise=search.objective.maximise)
    Search.objects.filter(pk=search.pk).update(importances=found)


def _prune(search: Search) -> None:
    """Ask the runs that fall behind the median to stop, the way a person would."""
    trials = list(search.trials.in_order().select_related("run__project"))
    tried = {one.pk: one.as_tried() for one in trials}
    for trial in trials:
        run, moves = trial.run, trial.state == "running" and trial.pruned_at is None
        if run is None or not moves or not trial.reported:
            continue
        others = [tried[one.pk] for one in trials if one.pk != trial.pk]
        maximise = search.objective.maximise
        if sampler.falls_behind(tried[trial.pk], others, search.space(), maximise=maximise):
            _stop(trial, run)


def _stop(trial: Trial, run: Run) -> None:
    with transaction.atomic():
        at = max(int(share) for share in trial.reported)
        Trial.objects.filter(pk=trial.pk).update(pruned_at=at)
        try:
            jobs.stop(by=trial.search.created_by, job=run)
        except NotAllowed:  # it ended meanwhile: then it is a complete trial
            Trial.objects.filter(pk=trial.pk).update(pruned_at=None)


def _ask_next(search: Search) -> bool:
    """Ask for one trial if there is room for one; whether to look for room again."""
    asked = search.trials.count()
    if asked >= search.budget or search.trials.open().count() >= search.at_once:
        return False
    number = asked + 1
    settings = sampler.suggest(
        search.space(),
        [one.as_tried() for one in search.trials.in_order()],
        maximise=search.objective.maximise,
        seed=search.seed + number,
        random_first=sampler.startup(search.budget),
    )
    with transaction.atomic():
        locked = Search.objects.select_for_update().get(pk=search.pk)
        if locked.state != SearchState.RUNNING or locked.trials.count() != asked:
            return False  # somebody else has asked, or it was paused: whoever did carries on
        if settings is None:
            Search.objects.filter(pk=search.pk).update(tried_out=True, budget=asked)
            search.refresh_from_db()
            return False
        refused = None
        try:
            try_out(search=search, number=number, settings=settings)
        except Invalid as error:
            refused = note_refused(search=search, number=number, settings=settings, error=error)
    if refused:
        _refuse_to_keep_failing(search)
    return True


def _conclude(search: Search) -> None:
    """It is finished when every trial was asked for and none is open."""
    with transaction.atomic():
        locked = Search.objects.select_for_update().get(pk=search.pk)
        if locked.state != SearchState.RUNNING or locked.trials.open().exists():
            return
        if locked.trials.count() >= locked.budget:
            locked.state = after(SEARCH, "finish", locked.state)
            locked.finished_at = timezone.now()
            locked.save(update_fields=["state", "finished_at"])
