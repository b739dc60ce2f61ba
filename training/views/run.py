"""One run. The page only looks: nothing here keeps the run alive, and closing it changes nothing."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from authoring.models import Project
from authoring.permissions import allowed
from authoring.views.access import in_project
from authoring.views.asked import number as asked_number
from engine.settings import options
from training import fits, workers
from training.charts import CHARTS, charts_of, unit_of
from training.curves import read
from training.labels import LABELS, said
from training.line import starts_in
from training.lineage import of_run
from training.models import Method, Run
from training.sheet import sheet_of
from training.star import star_of
from training.states import JobState

SAMPLES = 12
SAMPLE_STEPS = 12
LOG_CHUNKS = 8
"""Of up to 8 KiB."""


@require_GET
@in_project("view")
def run(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    found = _run(project, number)
    context = {
        "project": project,
        "run": found,
        "lineage": of_run(found),
        "charts": charts_of(found) if found.step or not found.is_over else [],
        "settings": _settings(found),
        "sheet": sheet_of(found),
        "may_train": allowed(request.user, "train", project),
        **_live(found, asked_number(request.GET.get("step"))),
    }
    return render(request, "training/run.html", context)


@require_GET
@in_project("view")
def run_live(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    """State, progress, checkpoints, samples and the end of the log: what moves."""
    found = _run(project, number)
    part = request.GET.get("part")
    template = {"progress": "_run_progress", "checkpoints": "_run_checkpoints"}.get(
        part, "_run_says"
    )
    context = {
        "project": project,
        "run": found,
        "may_train": allowed(request.user, "train", project),
        **_live(found, asked_number(request.GET.get("step"))),
    }
    return render(request, f"training/{template}.html", context)


@require_GET
@in_project("view")
def run_points(request: HttpRequest, project: Project, number: int, chart: str) -> JsonResponse:
    """One chart's lines, as static/js/charts.js reads them; `after` reads on."""
    found = _run(project, number)
    shown = CHARTS.get(chart)
    if shown is None:
        return JsonResponse({"detail": _("There is no such chart.")}, status=404)
    points = found.points.filter(name__in=shown.curves)
    lines, cursor = read(points, after=request.GET.get("after", ""), by="name", per=shown.per)
    names = [name for name in shown.curves if name in lines]
    return JsonResponse(
        {
            "x": _("step"),
            "y": str(unit_of(found, chart)),
            "series": [{"name": str(shown.curves[name]), "points": lines[name]} for name in names],
            "cursor": cursor,
            "done": found.is_over,
        }
    )


@require_GET
@in_project("view")
def run_sheet(request: HttpRequest, project: Project, number: int) -> JsonResponse:
    """The reproducibility sheet, to keep."""
    answer = JsonResponse(sheet_of(_run(project, number)), json_dumps_params={"indent": 2})
    named = f"{project.slug}-run-{number}.json"
    answer["Content-Disposition"] = f'attachment; filename="{named}"'
    return answer


def _run(project: Project, number: int) -> Run:
    return get_object_or_404(Run.objects.with_origin(), project=project, number=number)


def _live(found: Run, step: int) -> dict[str, Any]:
    """What moves. `step`: whose samples to show; the newest ones where it has none."""
    queued = found.state == JobState.QUEUED
    chunks = list(found.log_chunks.order_by("-fence", "-offset")[:LOG_CHUNKS])
    steps = list(found.samples.order_by("-step").values_list("step", flat=True).distinct())
    chosen = step if step in steps else (steps or [None])[0]
    checkpoints = list(found.checkpoints.order_by("step"))
    return {
        "followers": found.followers.order_by("number"),
        "ahead": found.jobs_ahead() if queued else None,
        "starts_in": starts_in(found) if queued else None,
        "warnings": workers.status().warnings if queued else [],
        "log": "".join(one.text for one in reversed(chunks)),
        **_samples(found, chosen),
        "sample_steps": steps[:SAMPLE_STEPS],
        "sample_step": chosen if step in steps else None,
        "checkpoints": checkpoints,
        "star": star_of(found, checkpoints),
        "left": _left(found.seconds_left),
        "deeds": deeds_of(found),
        "by_reward": fits.method(found.base_model, Method.GRPO) is None,
    }


def _samples(found: Run, step: int | None) -> dict[str, Any]:
    """Rollouts, which have an advantage over their group, and answers to the validation split."""
    shown = list(found.samples.filter(step=step).select_related("revision")[:SAMPLES])
    return {
        "rollouts": [one for one in shown if "advantage" in one.values],
        "samples": [one for one in shown if "advantage" not in one.values],
        "shown_step": step,
    }


def deeds_of(found: Run) -> list[str]:
    """Buttons that make sense in this state, the most likely first."""
    if found.state in {JobState.STARTING, JobState.RUNNING}:
        return {"run": ["checkpoint", "pause", "stop"], "pause": ["resume", "stop"]}.get(
            found.wants, []
        )
    return {
        JobState.WAITING: ["stop"],
        JobState.QUEUED: ["pause", "stop"],
        JobState.PAUSED: ["resume", "stop"],
        JobState.STOPPED: ["retry"],
        JobState.FAILED: ["retry"],
    }.get(JobState(found.state), [])


def _settings(found: Run) -> dict[str, list[tuple[Any, Any]]]:
    """What people choose first, then the rest."""
    shown: dict[str, list[tuple[Any, Any]]] = {"basic": [], "more": []}
    for one in options(found.method):
        value = found.settings.get(one.name, one.default)
        shown["more" if one.more else "basic"].append((LABELS.get(one.name, one.name), said(value)))
    return shown


def _left(seconds: float | None) -> str:
    """Time left in words, no finer than it is known."""
    if seconds is None:
        return ""
    left = timedelta(seconds=round(seconds))
    minutes, rest = divmod(int(left.total_seconds()), 60)
    if minutes >= 90:
        return _("about %(h)s h left") % {"h": round(minutes / 60, 1)}
    if minutes >= 2:
        return _("about %(m)s min left") % {"m": minutes + (rest >= 30)}
    return _("about %(s)s s left") % {"s": int(left.total_seconds())}
