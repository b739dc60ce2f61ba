"""One search: its trials, the best so far, and what mattered. The page only looks."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from authoring.models import Project
from authoring.permissions import allowed
from authoring.views.access import in_project
from evaluation.models import Search, Trial
from evaluation.search.plots import parallel
from evaluation.search.states import SEARCH
from training import workers
from training.beside import MOST
from training.labels import LABELS, said
from training.lineage import start_of

DEEDS = ("pause", "resume", "stop")


@require_GET
@in_project("view")
def search(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    return render(request, "evaluation/search.html", _context(request, project, number))


@require_GET
@in_project("view")
def search_live(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    """Everything that moves."""
    return render(request, "evaluation/_search_live.html", _context(request, project, number))


def _context(request: HttpRequest, project: Project, number: int) -> dict[str, Any]:
    found = get_object_or_404(Search.objects.with_origin(), project=project, number=number)
    trials = list(found.trials.in_order().select_related("run", "evaluation"))
    best = found.best()
    return {
        "project": project,
        "search": found,
        "lineage": _lineage(found),
        "trials": trials,
        "names": list(found.space_json),
        "space": [(name, _dimension(one)) for name, one in found.space_json.items()],
        "fixed": [(LABELS.get(name, name), said(value)) for name, value in found.fixed.items()],
        "best": best,
        "first": trials[0] if trials else None,
        "complete": sum(one.state == "complete" for one in trials),
        "over": sum(not one.is_open for one in trials),
        "open": any(one.is_open for one in trials),
        "plot": parallel(found, trials),
        "history": _history(found, trials),
        "beside": _beside(found, trials),
        "importances": sorted(found.importances.items(), key=lambda one: -one[1]),
        "deeds": [one for one in DEEDS if found.state in SEARCH[one].sources],
        "more": found.budget + 10,
        "may_train": allowed(request.user, "train", project),
        "warnings": workers.status().warnings if found.state == "running" else [],
    }


def _beside(found: Search, trials: list[Trial]) -> list[int]:
    """Numbers of the runs that are worth laying side by side: those of the best trials."""
    done = [one for one in trials if one.state == "complete" and one.run]
    best = sorted(done, key=lambda one: one.value, reverse=found.objective.maximise)
    return sorted(one.run.number for one in best[:MOST]) if len(best) > 1 else []


def _lineage(found: Search) -> list[dict[str, Any]]:
    here = {"kind": "", "label": str(found), "url": ""}
    return [*start_of(found.project.slug, found.snapshot, found.base_model, found.checkpoint), here]


def _dimension(one: dict[str, Any]) -> str:
    """A dimension in few words."""
    if "choices" in one:
        return " · ".join(str(said(value)) for value in one["choices"])
    words = _("%(low)g to %(high)g, log scale") if one["log"] else _("%(low)g to %(high)g")
    return words % one


def _history(found: Search, trials: list[Trial]) -> dict[str, Any] | None:
    """Each complete trial's value, and the best so far, over the trials."""
    complete = [one for one in trials if one.state == "complete"]
    if len(complete) < 2:
        return None
    better = max if found.objective.maximise else min
    best, so_far = None, []
    for one in complete:
        best = one.value if best is None else better(best, one.value)
        so_far.append([one.number, best])
    values = [[one.number, one.value] for one in complete]
    return {
        "x": _("trial"),
        "y": found.objective.name,
        "series": [
            {"name": _("best so far"), "points": so_far},
            {
                "name": _("trial"),
                "points": values,
                "low": [one.low for one in complete],
                "high": [one.high for one in complete],
            },
        ],
        "done": True,
    }
