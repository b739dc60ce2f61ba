"""The launch form, and what is said beside it before it is sent."""

from dataclasses import asdict
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from authoring.models import Project, Snapshot
from authoring.views.access import in_project
from authoring.views.asked import number
from authoring.views.refusals import page, refusals, refused_on
from engine.errors import SpecError
from engine.settings import TrainSettings, options, settings_for
from training import fits, workers
from training.actions import calibrations, runs
from training.advisor import advise
from training.first_examples import first_examples
from training.forms import LaunchForm
from training.models import BaseModel, CalibrationState, Checkpoint, Job, Method, Queue, Run
from training.plan import plan


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
                messages.success(request, _said(run))
                return redirect("run", project.slug, run.number)
    else:
        initial = _initial(request, project, like)
        form = LaunchForm(initial=initial, project=project, method=method)
    context = {
        "project": project,
        "form": form,
        "method": method,
        "tabs": _tabs(request, method),
        "warnings": workers.status().warnings,
        **_planned(project, form, method),
    }
    return page(request, "training/run_new.html", context)


def _said(run: Run) -> str:
    words = {"n": run.number, "next": ", ".join(str(one) for one in run.followers.all())}
    if words["next"]:
        return _("Run %(n)s is in the queue, and after it %(next)s.") % words
    return _("Run %(n)s is in the queue.") % words


@require_GET
@in_project("train")
def run_plan(request: HttpRequest, project: Project) -> HttpResponse:
    """What the form as it stands would come to; asked for again at each change."""
    method = _method(request, None)
    form = LaunchForm(request.GET, project=project, method=method)
    context = {"project": project, "method": method, "part": True}
    return render(request, "training/_plan.html", context | _planned(project, form, method))


@require_POST
@refused_on(run_new, "slug")
@in_project("train")
def run_calibrate(request: HttpRequest, project: Project) -> HttpResponse:
    """Ask a worker to measure the chosen model; the plan then waits for it."""
    method = _method(request, None)
    form = LaunchForm(request.POST, project=project, method=method)
    asked = _asked(project, form, method)
    if asked and asked.base:
        calibrations.ask(
            by=request.user,
            base_model=asked.base,
            tuning=asked.settings.tuning,
            dtype=asked.settings.dtype,
            settings=asdict(asked.settings),
            again="again" in request.POST,
        )
    if not request.headers.get("HX-Request"):
        messages.success(request, _("A worker measures the model as soon as it is free."))
        return redirect("run_new", project.slug)
    context = {"project": project, "method": method, "part": True}
    return render(request, "training/_plan.html", context | _planned(project, form, method))


class Asked(NamedTuple):
    """The form as it stands, readable enough to plan with."""

    snapshot: Snapshot
    settings: TrainSettings
    base: BaseModel | None
    checkpoint: Checkpoint | None
    evaluate: bool


def _planned(project: Project, form: LaunchForm, method: str) -> dict[str, Any]:
    """Plan, first examples and advice; `plan` is None while the form holds what can't be."""
    asked = _asked(project, form, method)
    if asked is None:
        return {"plan": None}
    made = plan(
        asked.snapshot, asked.settings, asked.base, asked.checkpoint, evaluate=asked.evaluate
    )
    of = (asked.snapshot, asked.settings, asked.base, asked.checkpoint)
    measuring = made.calibration is not None and made.calibration.state in (
        CalibrationState.ASKED,
        CalibrationState.MEASURING,
    )
    idle = not Job.objects.claimable().exists() and not Job.objects.of(Queue.DEVICE).live().exists()
    return {
        "plan": made,
        "examples": first_examples(*of, made.counts),
        "all_weights": asked.settings.tuning == "full" and form["tuning"].value() != "full",
        "advice": advise(project, asked.snapshot),
        "measuring": measuring,
        "measurable": asked.base is not None,
        "measure_now": bool(
            made.calibration is None and asked.base and asked.base.pretrained and idle
            and workers.status().device
        ),
        "waits": measuring or bool(made.counts and not made.counts.exact),
    }  # fmt: skip


def _asked(project: Project, form: LaunchForm, method: str) -> Asked | None:
    values = {one.name: form[one.name].value() for one in options(method)}
    given = {name: value for name, value in values.items() if value not in (None, "")}
    snapshot = form["snapshot"].value()
    snapshot = snapshot.pk if isinstance(snapshot, Snapshot) else number(str(snapshot or ""))
    found = project.snapshots.filter(pk=snapshot).first()
    if found is None:
        return None
    kind, _colon, pk = str(form["start"].value() or "").partition(":")
    base, checkpoint = None, None
    if kind == "model":
        base = BaseModel.objects.filter(pk=number(pk)).first()
    elif kind == "checkpoint":
        checkpoints = Checkpoint.objects.kept().filter(run__project=project)
        checkpoint = checkpoints.select_related("run__base_model").filter(pk=number(pk)).first()
        base = checkpoint.run.base_model if checkpoint else None
    elif kind == "after":
        before = Run.objects.select_related("base_model").filter(project=project, pk=number(pk))
        models = [one.base_model for one in before if one.base_model.pretrained]
        base = models[0] if models else None  # weights from nothing are not there to be looked at
    nothing = base is not None and not base.pretrained and checkpoint is None
    if base is not None and not fits.takes_adapters(base, from_nothing=nothing):
        given["tuning"] = "full"  # what the launch itself takes, or asks for at its field
    try:
        settings = settings_for(method, {k: _typed(v) for k, v in given.items()})
    except SpecError:
        return None
    assert isinstance(settings, TrainSettings)
    return Asked(found, settings, base, checkpoint, bool(form["evaluate"].value()))


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
        if like.after is not None and not like.parent_id:
            start = _behind(like.after)
        about = {"name": like.name, "takes": like.takes, "if_failed": like.if_failed}
        initial |= {"snapshot": like.snapshot, "start": start, "keep_best": like.keep_best, **about}
        initial |= like.settings
    before = Run.objects.filter(project=project, number=number(request.GET.get("after"))).first()
    if before is not None:
        initial |= {"start": _behind(before), "snapshot": before.snapshot}
    asked = request.GET.get("checkpoint", "")
    checkpoint = Checkpoint.objects.filter(run__project=project, pk=number(asked)).first()
    if checkpoint is not None:
        initial |= {"start": f"checkpoint:{checkpoint.pk}", "snapshot": checkpoint.run.snapshot}
    if "model" in request.GET:
        initial["start"] = f"model:{number(request.GET['model'])}"
    snapshot = project.snapshots.filter(pk=number(request.GET.get("snapshot"))).first()
    initial |= {"snapshot": snapshot} if snapshot else {}
    return initial | _named(request)


def _named(request: HttpRequest) -> dict[str, str]:
    """Where to start, and settings, that the address names: how advice fills the form."""
    known = {one.name for one in options(_method(request, None))} | {"start"}
    return {name: request.GET[name] for name in known & request.GET.keys()}


def _behind(run: Run) -> str:
    """Where a run that goes on from `run` starts: its best checkpoint, or the one it will have."""
    if run.is_over and run.best_checkpoint_id:
        return f"checkpoint:{run.best_checkpoint_id}"
    return f"after:{run.pk}"


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
