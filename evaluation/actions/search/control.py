"""What people do to a search: pause, go on, stop. Its open runs are asked the same."""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from authoring.models import User
from authoring.permissions import require
from authoring.states import NotAllowed, after
from evaluation.models import Search
from evaluation.search.announce import announce
from evaluation.search.states import SEARCH, SearchState
from training.actions import jobs
from training.states import Want


def pause(*, by: User, search: Search) -> None:
    """Ask for no more trials, and leave the device: open runs save and pause.

    Raises PermissionDenied; NotAllowed unless it runs.
    """
    _do("pause", by=by, search=search)
    _ask_runs(jobs.pause, by=by, search=search)


def resume(*, by: User, search: Search) -> None:
    """Go on where it paused, or was halted. Raises PermissionDenied; NotAllowed unless it paused."""
    _do("resume", by=by, search=search)
    _ask_runs(jobs.resume, by=by, search=search)


def stop(*, by: User, search: Search) -> None:
    """End it: open runs save and stop. Raises PermissionDenied; NotAllowed when it is over."""
    _do("stop", by=by, search=search)
    _ask_runs(jobs.stop, by=by, search=search)


def ask(*, by: User, search: Search, want: str) -> None:
    """`want`: run, pause or stop, as for a run; one that is so already stays as it is."""
    deeds = {
        Want.RUN: (resume, SearchState.RUNNING),
        Want.PAUSE: (pause, SearchState.PAUSED),
        Want.STOP: (stop, SearchState.STOPPED),
    }
    deed, already = deeds[Want(want)]
    if search.state == already:
        require(by, "train", search.project)
    else:
        deed(by=by, search=search)


def _do(deed: str, *, by: User, search: Search) -> None:
    require(by, "train", search.project)
    with transaction.atomic():
        locked = Search.objects.select_for_update().get(pk=search.pk)
        locked.state = after(SEARCH, deed, locked.state)
        locked.halted = None
        locked.finished_at = timezone.now() if locked.state == SearchState.STOPPED else None
        locked.save(update_fields=["state", "halted", "finished_at"])
        announce(search.pk)
    search.refresh_from_db()


def _ask_runs(deed: Callable[..., None], *, by: User, search: Search) -> None:
    """Of those for which it makes no sense, because they ended meanwhile, nothing is asked."""
    for trial in search.trials.open().select_related("run__project"):
        try:
            deed(by=by, job=trial.run)
        except NotAllowed:
            continue
