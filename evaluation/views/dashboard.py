"""The dashboard: every checkpoint's score over steps, beside the untrained model."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from authoring.models import Project, Snapshot, Split
from authoring.permissions import allowed
from authoring.views.access import in_project
from evaluation.dashboard import Board, board
from evaluation.forms import BoardForm, RequestForm, generation
from evaluation.metrics import NAMES, SHARES
from evaluation.models import Evaluation
from evaluation.slice_names import slice_names
from training.models import BaseModel


@require_GET
@in_project("view")
def dashboard(request: HttpRequest, project: Project) -> HttpResponse:
    form = BoardForm(request.GET, project=project)
    form.is_valid()
    asked = form.cleaned_data
    snapshot = asked.get("snapshot") or _measured_last(project)
    context = {"project": project, "may_evaluate": allowed(request.user, "evaluate", project)}
    if snapshot is None:
        return render(request, "evaluation/dashboard_empty.html", context)
    found = board(
        snapshot=snapshot,
        split=asked.get("split") or Split.TEST,
        settings_hash=asked.get("setting", ""),
        slice=request.GET.get("slice"),
        metric=asked.get("metric", ""),
        run=asked.get("run"),
    )
    form.offer(found)
    scored = [row for row in found.rows if row.evaluation.is_scored]
    names = slice_names(project, found.slices)
    context |= {
        "form": form,
        "board": found,
        "shares": [one for one in SHARES if any(one in row.scores for row in found.rows)],
        "chart": _chart(found),
        "generation": generation(dict(found.settings)[found.view.settings_hash])
        if found.settings
        else "",
        "slice_name": names.get(found.view.slice, ""),
        "waiting": Evaluation.objects.in_project(project).on_their_way().count(),
        "scored": [row.evaluation for row in scored],
        "compared": next((row for row in scored if row == found.base or not row.best), None),
        "request_form": RequestForm(
            project=project, initial={"snapshot": snapshot, "split": found.view.split}
        ),
        "base_models": BaseModel.objects.exclude(source="scratch"),
    }
    return render(request, "evaluation/dashboard.html", context)


@require_GET
@in_project("view")
def dashboard_waiting(request: HttpRequest, project: Project) -> HttpResponse:
    """The part of the dashboard that says whether more is to come."""
    waiting = Evaluation.objects.in_project(project).on_their_way().count()
    context = {"project": project, "waiting": waiting, "live": True}
    return render(request, "evaluation/_waiting.html", context)


def _measured_last(project: Project) -> Snapshot | None:
    """The snapshot of the newest evaluation; without one, the newest snapshot."""
    newest = Evaluation.objects.in_project(project).order_by("-pk").first()
    return newest.snapshot if newest else project.snapshots.first()


def _chart(found: Board) -> dict:
    return {
        "x": _("step"),
        "y": str(NAMES.get(found.view.metric, found.view.metric)),
        "series": found.series,
        "done": True,
    }
