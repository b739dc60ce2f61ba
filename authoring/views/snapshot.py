"""One snapshot: what is in it, what leaks, what was left out; its rows, its export, its runs."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from authoring.actions import export, snapshots
from authoring.formats import FORMATS
from authoring.lineage import of_snapshot
from authoring.models import Project, Snapshot
from authoring.models.snapshot import Split
from authoring.permissions import allowed
from authoring.shown_leaks import exact_and_near, pairs_shown
from authoring.snapshot_table import split_table, totals
from authoring.views.access import in_project
from authoring.views.refusals import page, refused_on

SIZE = 50


@require_safe
@in_project("view")
def snapshot(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    found = _found(project, pk)
    split = request.GET.get("split", "")
    split = split if split in Split.values else ""
    items = found.items.order_by("position").select_related(
        "revision__pair__task", "revision__author"
    )
    exact, near = exact_and_near(found.leaks, found.revisions_of(pairs_shown(found.leaks)))
    rows = Paginator(items.filter(split=split) if split else items, SIZE)
    context = {
        "project": project,
        "snapshot": found,
        "lineage": of_snapshot(found),
        "table": split_table(found.counts, project.task_names()),
        "totals": totals(found.counts),
        "left_out": found.left_out_in_words(),
        "exact": exact,
        "near": near,
        "items": rows.get_page(request.GET.get("page")),
        "split": split,
        "splits": Split.choices,
        "formats": list(FORMATS),
        "compared": _compared(found),
        "runs": found.runs.select_related("base_model"),
        "freezes": allowed(request.user, "freeze", project),
        "trains": allowed(request.user, "train", project),
    }
    return page(request, "authoring/snapshot.html", context)


@require_POST
@refused_on(snapshot, "slug", "pk")
@in_project("freeze")
def snapshot_drop_leaks(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """A successor without the leaks: a snapshot itself never changes."""
    made = snapshots.drop_leaks(
        snapshot=_found(project, pk), by=request.user, near="near" in request.POST
    )
    messages.success(request, _("Snapshot %(number)s is frozen.") % {"number": made.number})
    return redirect("snapshot", slug=project.slug, pk=made.pk)


@require_safe
@refused_on(snapshot, "slug", "pk")
@in_project("view")
def snapshot_export(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """One JSON object a line, streamed: a snapshot of any size costs the same memory."""
    found = _found(project, pk)
    split = request.GET.get("split", "")
    lines = export.snapshot_lines(
        snapshot=found,
        split=split if split in Split.values else "",
        format=request.GET.get("format", "studio"),
        by=request.user,
    )
    parts = [project.slug, f"snapshot-{found.number}", *([split] if split else [])]
    headers = {"Content-Disposition": f'attachment; filename="{"-".join(parts)}.jsonl"'}
    return StreamingHttpResponse(lines, content_type="application/jsonl", headers=headers)


def _found(project: Project, pk: int) -> Snapshot:
    return get_object_or_404(
        project.snapshots.select_related("project", "created_by", "parent"), pk=pk
    )


def _compared(found: Snapshot) -> dict[str, object] | None:
    """How many revisions came and went since the snapshot before."""
    before = found.project.snapshots.filter(number__lt=found.number).first()
    if before is None:
        return None
    mine, theirs = found.items.values("revision"), before.items.values("revision")
    return {
        "before": before,
        "came": found.items.exclude(revision__in=theirs).count(),
        "went": before.items.exclude(revision__in=mine).count(),
    }
