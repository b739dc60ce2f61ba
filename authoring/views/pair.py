"""One pair, to read: its text, its revisions, what was said about it, and where it went."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from authoring.actions import pairs
from authoring.lineage import of_pair
from authoring.models import Pair, Project, Review, Revision, SnapshotItem
from authoring.permissions import allowed
from authoring.revision_diff import changes
from authoring.views.access import in_project
from authoring.views.asked import number
from authoring.views.refusals import page, refused_on

MOST_LISTED = 20
"""Of the pairs that were written for one."""


@require_safe
@in_project("view")
def pair(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """`?revision=3` shows an older one, with what it changed against the one it was written on."""
    found = get_object_or_404(
        Pair.objects.with_head().select_related(
            "project", "approved", "origin", "written_for__pair"
        ),
        pk=pk,
        project=project,
    )
    revisions = list(found.revisions.select_related("author", "parent").order_by("-number"))
    shown = _shown(request, found, revisions)
    context = {
        "project": project,
        "pair": found,
        "shown": shown,
        "lineage": of_pair(found),
        "changes": changes(shown.parent, shown) if shown.parent else [],
        "revisions": revisions,
        "aside": _aside(found, revisions),
        "reviews": Review.objects.visible_to(request.user).filter(revision__pair=found),
        "snapshots": SnapshotItem.objects.filter(revision__pair=found)
        .select_related("snapshot", "revision")
        .order_by("-snapshot__number"),
        "pairs_for": Pair.objects.written_for(found).select_related("author")[:MOST_LISTED],
        "writes": allowed(request.user, "write", project),
        "may_review": allowed(request.user, "review", project)
        and found.head.author_id != request.user.pk
        and found.state == "submitted",
    }
    return page(request, "authoring/pair.html", context)


@require_POST
@refused_on(pair, "slug", "pk")
@in_project("write")
def pair_submit(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    found = get_object_or_404(Pair, pk=pk, project=project)
    pairs.submit(pair=found, by=request.user)
    messages.success(request, _("Pair %(pair)s awaits review.") % {"pair": found})
    return redirect("pair", slug=project.slug, pk=pk)


@require_POST
@refused_on(pair, "slug", "pk")
@in_project("write")
def pair_withdraw(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    found = get_object_or_404(Pair, pk=pk, project=project)
    pairs.withdraw(pair=found, by=request.user)
    messages.success(request, _("Pair %(pair)s is a draft again.") % {"pair": found})
    return redirect("pair", slug=project.slug, pk=pk)


@require_POST
@refused_on(pair, "slug", "pk")
@in_project("write")
def pair_delete(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    found = get_object_or_404(Pair, pk=pk, project=project)
    pairs.delete(pair=found, by=request.user)
    messages.success(request, _("Pair %(pair)s is deleted.") % {"pair": found})
    return redirect("pair", slug=project.slug, pk=pk)


@require_POST
@refused_on(pair, "slug", "pk")
@in_project("write")
def pair_restore(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    found = get_object_or_404(Pair, pk=pk, project=project)
    pairs.restore(pair=found, by=request.user)
    messages.success(request, _("Pair %(pair)s is back.") % {"pair": found})
    return redirect("pair", slug=project.slug, pk=pk)


def _shown(request: HttpRequest, found: Pair, revisions: list[Revision]) -> Revision:
    asked = number(request.GET.get("revision")) or found.head.number
    return next((one for one in revisions if one.number == asked), found.head)


def _aside(found: Pair, revisions: list[Revision]) -> list[Revision]:
    """Texts that stand beside the head after two people wrote at once: on no way to the head."""
    by_pk = {one.pk: one for one in revisions}
    on_the_way, one = set(), by_pk.get(found.head_id)
    while one is not None:
        on_the_way.add(one.pk)
        one = by_pk.get(one.parent_id)
    parents = {one.parent_id for one in revisions}
    return [one for one in revisions if one.pk not in on_the_way and one.pk not in parents]
