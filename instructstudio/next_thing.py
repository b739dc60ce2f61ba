"""The one next thing for this person to do in a project: the first that holds, in the loop's order."""

from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authoring.models import Project, User
from authoring.permissions import deeds_of
from instructstudio.loop import Numbers


class NextThing(NamedTuple):
    station: str
    """The station of the loop that it belongs to; empty when it belongs to none."""
    title: str
    text: str
    label: str
    url: str


def next_thing(project: Project, user: User, now: Numbers) -> NextThing:
    """What this person may do and what is due: texts sent back first, then what others wait for."""
    may = deeds_of(user, project)
    for offer in (_first_task, _mend, _review, _freeze, _train, _look, _finish, _write):
        thing = offer(project, user, now, may)
        if thing:
            return thing
    return NextThing(
        "dashboard",
        _("See what the models have learned"),
        _("Your role here is to look. The dashboard has every checkpoint's score."),
        _("Open the dashboard"),
        _url("dashboard", project),
    )


def _first_task(
    project: Project, user: User, now: Numbers, may: frozenset[str]
) -> NextThing | None:
    if now.tasks or "manage" not in may:
        return None
    return NextThing(
        "",
        _("Say what the model should learn"),
        _("A task says what comes in, what must come out, and by what it is measured."),
        _("Add the first task"),
        _url("task_new", project),
    )


def _mend(project: Project, user: User, now: Numbers, may: frozenset[str]) -> NextThing | None:
    if not now.my_changes or "write" not in may:
        return None
    title = ngettext(
        "One pair of yours came back", "%(n)d pairs of yours came back", now.my_changes
    )
    return NextThing(
        "pair_new",
        title % {"n": now.my_changes},
        _("A reviewer asked for changes. What they said stands beside the text."),
        _("See what they said"),
        f"{_url('pairs', project)}?state=changes_requested&author={user.pk}",
    )


def _review(project: Project, user: User, now: Numbers, may: frozenset[str]) -> NextThing | None:
    if not now.waiting_for_me or "review" not in may:
        return None
    title = ngettext(
        "One pair waits for your verdict",
        "%(n)d pairs wait for your verdict",
        now.waiting_for_me,
    )
    return NextThing(
        "review",
        title % {"n": now.waiting_for_me},
        _("Only what is approved is trained on."),
        _("Review the next one"),
        _url("review", project),
    )


def _freeze(project: Project, user: User, now: Numbers, may: frozenset[str]) -> NextThing | None:
    if "freeze" not in may or not now.approved_since or (now.newest and now.runs == 0):
        return None
    if now.newest is not None and now.approved_since < max(10, now.approved // 10):
        return None
    title = ngettext(
        "One approved pair is in no snapshot",
        "%(n)d approved pairs are in no snapshot",
        now.approved_since,
    )
    return NextThing(
        "snapshots",
        title % {"n": now.approved_since},
        _("Freeze them with their splits, so that a run can be repeated word for word."),
        _("Freeze a snapshot"),
        _url("snapshot_new", project),
    )


def _train(project: Project, user: User, now: Numbers, may: frozenset[str]) -> NextThing | None:
    if "train" not in may or now.newest is None or now.runs:
        return None
    return NextThing(
        "runs",
        _("Snapshot %(number)s is ready to train on") % {"number": now.newest.number},
        _("Choose a model; everything else has a good default."),
        _("Launch the first run"),
        f"{_url('run_new', project)}?snapshot={now.newest.pk}",
    )


def _look(project: Project, user: User, now: Numbers, may: frozenset[str]) -> NextThing | None:
    if now.best is None or "write" not in may or now.my_drafts:
        return None
    return NextThing(
        "dashboard",
        _("See what the best checkpoint gets wrong"),
        _("Each wrong answer is a hint where the next instruction is worth most."),
        _("Read its wrong answers"),
        f"{_url('predictions', project)}?evaluation={now.best.evaluation.pk}&correct=no",
    )


def _finish(project: Project, user: User, now: Numbers, may: frozenset[str]) -> NextThing | None:
    if not now.my_drafts or "write" not in may:
        return None
    title = ngettext("One draft of yours is open", "%(n)d drafts of yours are open", now.my_drafts)
    return NextThing(
        "pair_new",
        title % {"n": now.my_drafts},
        ngettext(
            "Finish and submit it, so that somebody can review it.",
            "Finish and submit them, so that somebody can review them.",
            now.my_drafts,
        ),
        _("Open your drafts"),
        f"{_url('pairs', project)}?state=draft&author={user.pk}",
    )


def _write(project: Project, user: User, now: Numbers, may: frozenset[str]) -> NextThing | None:
    if "write" not in may:
        return None
    return NextThing(
        "pair_new",
        _("Write the next pair"),
        _("One instruction, and the response you would be proud of."),
        _("Write"),
        _url("pair_new", project),
    )


def _url(page: str, project: Project) -> str:
    return reverse(page, kwargs={"slug": project.slug})
