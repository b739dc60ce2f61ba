"""Freezing: what a snapshot would hold, shown before it is made; then the list of those made."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from authoring.actions import snapshots as actions
from authoring.errors import StudioError
from authoring.forms.snapshot import SnapshotForm, initial_of
from authoring.models import Project
from authoring.models.snapshot import left_out_in_words
from authoring.permissions import allowed
from authoring.shown_leaks import exact_and_near, pairs_shown
from authoring.snapshot_table import split_table, totals
from authoring.toward_approval import toward_approval
from authoring.views.access import in_project
from authoring.views.refusals import page, refusals


@require_safe
@in_project("view")
def snapshots(request: HttpRequest, project: Project) -> HttpResponse:
    listed = project.snapshots.select_related("created_by", "parent").annotate(
        run_count=Count("runs")
    )
    context = {
        "project": project,
        "snapshots": listed,
        "freezes": allowed(request.user, "freeze", project),
        "approved": project.pairs.approved().exists(),
    }
    if not context["approved"]:
        context["toward"] = toward_approval(request.user, project)
    return render(request, "authoring/snapshots.html", context)


@require_http_methods(["GET", "POST"])
@in_project("freeze")
def snapshot_new(request: HttpRequest, project: Project) -> HttpResponse:
    """GET shows the plan for the settings in the address; POST freezes it."""
    form = _form(request, project)
    if request.method == "POST" and form.is_valid():
        with refusals(request, form):
            return _frozen(request, project, form)
    context = {"project": project, "form": form} | _planned(request, project, form)
    if request.headers.get("HX-Request"):
        return render(request, "authoring/_snapshot_plan.html", context)
    return page(request, "authoring/snapshot_new.html", context)


def _form(request: HttpRequest, project: Project) -> SnapshotForm:
    initial = initial_of(actions.default_settings(project=project))
    data = request.POST if request.method == "POST" else request.GET
    bound = request.method == "POST" or "seed" in request.GET
    return SnapshotForm(data if bound else None, initial=initial, project=project)


def _frozen(request: HttpRequest, project: Project, form: SnapshotForm) -> HttpResponse:
    snapshot = actions.freeze(
        project=project,
        by=request.user,
        settings=form.settings(),
        name=form.cleaned_data["name"],
        note=form.cleaned_data["note"],
    )
    messages.success(request, _("Snapshot %(number)s is frozen.") % {"number": snapshot.number})
    return redirect("snapshot", slug=project.slug, pk=snapshot.pk)


def _planned(request: HttpRequest, project: Project, form: SnapshotForm) -> dict[str, object]:
    """The plan for the form's settings, or why there is none; nothing while the form is not valid."""
    if form.is_bound and not form.is_valid():
        return {"plan": None}
    try:
        settings = form.settings() if form.is_bound else None
        plan = actions.plan(project=project, by=request.user, settings=settings)
    except StudioError as error:
        return {
            "plan": None,
            "problem": error,
            "toward": toward_approval(request.user, project),
        }
    shown = pairs_shown(plan.leaks)
    exact, near = exact_and_near(
        plan.leaks, [one.revision for one in plan.items if one.revision.pair_id in shown]
    )
    return {
        "plan": plan,
        "table": split_table(plan.counts, project.task_names()),
        "totals": totals(plan.counts),
        "exact": exact,
        "near": near,
        "left_out": left_out_in_words(plan.left_out),
    }
