"""The launch form."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from authoring.models import Project, Snapshot
from authoring.views.access import in_project
from authoring.views.asked import number
from authoring.views.refusals import page, refusals
from engine.errors import SpecError
from engine.settings import TrainSettings, options, settings_for
from training import workers
from training.actions import runs
from training.forms import LaunchForm
from training.models import BaseModel, Checkpoint, Method, Run
from training.plan import Plan, plan


@require_http_methods(["GET", "POST"])
@in_project("train")
def run_new(request: HttpRequest, project: Project) -> HttpResponse:
    if not project.snapshots.exists():
        return render(request, "training/run_new_empty.html", {"project": project})
    like = Run.objects.filter(project=project, number=number(request.GET.get("like"))).first()
    method = _method(request, like)
    if request.method == "POST":
        form = LaunchForm(request.POST, project=project, method=method)
        if form.is_valid():
            with refusals(request, form):
                run = runs.launch(by=request.user, project=project, **form.asked())
                messages.success(request, _("Run %(n)s is in the queue.") % {"n": run.number})
                return redirect("run", project.slug, run.number)
    else:
        initial = _initial(request, project, like)
        form = LaunchForm(initial=initial, project=project, method=method)
    context = {
        "project": project,
        "form": form,
        "method": method,
        "tabs": _tabs(request, method),
        "plan": _plan(project, form, method),
        "warnings": workers.status().warnings,
    }
    return page(request, "training/run_new.html", context)


@require_GET
@in_project("train")
def run_plan(request: HttpRequest, project: Project) -> HttpResponse:
    """What the form as it stands would come to; asked for again at each change."""
    method = _method(request, None)
    form = LaunchForm(request.GET, project=project, method=method)
    return render(
        request, "training/_plan.html", {"project": project, "plan": _plan(project, form, method)}
    )


def _plan(project: Project, form: LaunchForm, method: str) -> Plan | None:
    """None while the form holds something that can't be."""
    values = {one.name: form[one.name].value() for one in options(method)}
    given = {name: value for name, value in values.items() if value not in (None, "")}
    snapshot = form["snapshot"].value()
    snapshot = snapshot.pk if isinstance(snapshot, Snapshot) else number(str(snapshot or ""))
    found = project.snapshots.filter(pk=snapshot).first()
    kind, _colon, pk = str(form["start"].value() or "").partition(":")
    base = BaseModel.objects.filter(pk=number(pk)).first() if kind == "model" else None
    if found is None:
        return None
    try:
        settings = settings_for(method, {k: _typed(v) for k, v in given.items()})
    except SpecError:
        return None
    assert isinstance(settings, TrainSettings)
    return plan(found, settings, base)


def _typed(value: Any) -> Any:
    """A checkbox says `on`."""
    return True if value == "on" else value


def _initial(request: HttpRequest, project: Project, like: Run | None) -> dict[str, Any]:
    """Good defaults; those of another run when it is cloned; what the address says, above all."""
    initial: dict[str, Any] = {"snapshot": project.snapshots.first()}
    first = BaseModel.objects.first()
    if first is not None:
        initial["start"] = f"model:{first.pk}"
    if like is not None:
        start = f"checkpoint:{like.parent_id}" if like.parent_id else f"model:{like.base_model_id}"
        initial |= {"snapshot": like.snapshot, "name": like.name, "start": start, **like.settings}
    asked = request.GET.get("checkpoint", "")
    checkpoint = Checkpoint.objects.filter(run__project=project, pk=number(asked)).first()
    if checkpoint is not None:
        initial |= {"start": f"checkpoint:{checkpoint.pk}", "snapshot": checkpoint.run.snapshot}
    if "model" in request.GET:
        initial["start"] = f"model:{number(request.GET['model'])}"
    snapshot = project.snapshots.filter(pk=number(request.GET.get("snapshot"))).first()
    return initial | ({"snapshot": snapshot} if snapshot else {})


def _method(request: HttpRequest, like: Run | None) -> str:
    asked = request.POST.get("method") or request.GET.get("method")
    if asked in Method.values:
        return asked
    return like.method if like else Method.SFT


def _tabs(request: HttpRequest, method: str) -> list[dict[str, Any]]:
    """One address a method: each has its own settings."""
    query = request.GET.copy()
    tabs = []
    for one in Method:
        query["method"] = one.value
        tabs.append(
            {"label": capfirst(one.label), "url": f"?{query.urlencode()}", "active": one == method}
        )
    return tabs
