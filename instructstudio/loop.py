"""The project's home: the loop's six stations with their live numbers. Only reads."""

from typing import Any, NamedTuple

from django.contrib.humanize.templatetags.humanize import intcomma, naturaltime
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authoring.models import Pair, Project, Snapshot, Split, User
from authoring.models.pair import PairQuerySet
from authoring.states import PairState
from evaluation.dashboard import Row, board
from evaluation.metrics import NAMES
from evaluation.models import Evaluation, Score
from training.models import Job, Queue
from training.states import LIVE, JobState


class Numbers(NamedTuple):
    """Where a project and one person's work in it stand."""

    tasks: int
    drafts: int
    my_drafts: int
    my_changes: int
    """Pairs of this person that a reviewer sent back."""
    waiting: int
    waiting_for_me: int
    approved: int
    newest: Snapshot | None
    approved_since: int
    """Approved revisions that the newest snapshot does not hold."""
    live: int
    queued: int
    runs: int
    best: Row | None
    metric: str


class Station(NamedTuple):
    """What `components/_station.html` draws."""

    name: str
    icon: str
    url: str
    value: Any
    note: str


def numbers(project: Project, user: User) -> Numbers:
    pairs = Pair.objects.in_project(project)
    counts = _pair_counts(pairs, user)
    newest = project.snapshots.first()
    jobs = Job.objects.of(Queue.DEVICE).filter(project=project)
    best, metric = _best(project)
    return Numbers(
        tasks=project.tasks.count(),
        **counts,
        waiting_for_me=pairs.for_review_by(user).count(),
        newest=newest,
        approved_since=_approved_since(pairs, newest),
        live=jobs.filter(state__in=LIVE).count(),
        queued=jobs.filter(state=JobState.QUEUED).count(),
        runs=jobs.filter(kind="run").count(),
        best=best,
        metric=metric,
    )


def _pair_counts(pairs: PairQuerySet, user: User) -> dict[str, int]:
    """In one pass over the project's pairs."""
    mine, draft = Q(author=user), Q(state=PairState.DRAFT)
    return pairs.aggregate(
        drafts=Count("pk", filter=draft),
        my_drafts=Count("pk", filter=draft & mine),
        my_changes=Count("pk", filter=mine & Q(state=PairState.CHANGES_REQUESTED)),
        waiting=Count("pk", filter=Q(state=PairState.SUBMITTED)),
        approved=Count("approved"),
    )


def stations(project: Project, now: Numbers, may: frozenset[str]) -> dict[str, Station]:
    """In the order of the loop, by name of the page that each one opens. `may`: the person's deeds."""

    def url(page: str) -> str:
        return reverse(page, kwargs={"slug": project.slug})

    pairs = url("pairs")
    mine = ngettext("draft, %(n)d yours", "drafts, %(n)d yours", now.drafts)
    return {
        "pair_new": Station(
            _("Write"), "pen-line", f"{pairs}?state=draft", now.drafts, mine % {"n": now.my_drafts}
        ),
        "review": Station(
            _("Review"),
            "eye",
            url("review") if "review" in may else f"{pairs}?state=submitted",
            now.waiting,
            _("awaiting review, %(n)d for you") % {"n": now.waiting_for_me}
            if "review" in may
            else _("awaiting review"),
        ),
        "pairs": Station(
            _("Pairs"), "library", f"{pairs}?state=approved", intcomma(now.approved), _("approved")
        ),
        "snapshots": _snapshot_station(url("snapshots"), now.newest),
        "runs": Station(_("Runs"), "activity", url("runs"), now.live, _running(now)),
        "dashboard": _score_station(url("dashboard"), now),
    }


def _snapshot_station(url: str, newest: Snapshot | None) -> Station:
    if newest is None:
        return Station(_("Snapshots"), "camera", url, None, _("nothing is frozen yet"))
    rows = sum(newest.rows(split) for split in newest.counts)
    words = ngettext("%(n)s pair, %(when)s", "%(n)s pairs, %(when)s", rows)
    note = words % {"n": intcomma(rows), "when": naturaltime(newest.created_at)}
    return Station(_("Snapshots"), "camera", url, f"#{newest.number}", note)


def _score_station(url: str, now: Numbers) -> Station:
    best = score(now)
    if best is None:
        return Station(_("Dashboard"), "gauge", url, None, _("nothing is measured yet"))
    parts = [str(NAMES.get(best.metric, best.metric))]
    if best.low is not None and best.high is not None:
        parts.append(f"{best.low:.3f}–{best.high:.3f}")
    if now.best is not None and now.best.gain is not None:
        gained = f"{now.best.gain.delta:+.3f}".replace("-", "−")
        parts.append(_("%(gain)s against the base") % {"gain": gained})
    return Station(_("Dashboard"), "gauge", url, f"{best.value:.3f}", _(", ").join(parts))


def score(now: Numbers) -> Score | None:
    """The best checkpoint's, on the metric that the dashboard opens with."""
    found = now.best.scores.get(now.metric) if now.best else None
    return found if found is not None and found.value is not None else None


def _running(now: Numbers) -> str:
    if now.queued:
        return ngettext("running, %(n)d queued", "running, %(n)d queued", now.queued) % {
            "n": now.queued
        }
    return _("running") if now.live else _("nothing is running")


def _approved_since(pairs: Any, newest: Snapshot | None) -> int:
    approved = pairs.approved()
    if newest is None:
        return approved.count()  # all of them
    return approved.exclude(approved__in=newest.items.values("revision")).count()


def _best(project: Project) -> tuple[Row | None, str]:
    """The best checkpoint on the test split that was measured last."""
    scored = Evaluation.objects.in_project(project).scored()
    newest = scored.filter(split=Split.TEST).order_by("-pk").first()
    if newest is None:
        return None, ""
    found = board(snapshot=newest.snapshot, split=newest.split)
    return found.best, found.view.metric
