"""Several runs on one page: what was set differently, and what came of it."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from authoring.models import Project
from authoring.views.access import in_project
from authoring.views.asked import number as asked_number
from training.beside import MOST, curves_of, differences, every_curve
from training.curves import read
from training.labels import LABELS, said
from training.models import Point, Run
from training.models.run import RunQuerySet


@require_GET
@in_project("view")
def runs_beside(request: HttpRequest, project: Project) -> HttpResponse:
    """`?run=3&run=5`: by their numbers in the project."""
    runs = list(_runs(request, project))
    context = {
        "project": project,
        "runs": runs,
        "curves": curves_of(runs),
        "differences": [
            (LABELS.get(one.name, one.name), [_said(value) for value in one.values])
            for one in differences(runs)
        ],
        "live": any(not one.is_over for one in runs),
    }
    return render(request, "training/beside.html", context)


@require_GET
@in_project("view")
def runs_beside_points(request: HttpRequest, project: Project) -> JsonResponse:
    """`?curve=loss.train/loss&run=3&run=5`: a line a run, as static/js/charts.js reads them."""
    curve = every_curve().get(request.GET.get("curve", ""))
    if curve is None:
        return JsonResponse({"detail": _("There is no such chart.")}, status=404)
    runs = list(_runs(request, project))
    points = Point.objects.filter(run__in=curve.of(runs), name=curve.name)
    lines, cursor = read(points, after=request.GET.get("after", ""), by="run", per=curve.per)
    return JsonResponse(
        {
            "x": _("step"),
            "y": curve.unit,
            "series": [
                {
                    "name": _("run %(number)s") % {"number": run.number},
                    "points": lines[run.pk],
                    "look": place,
                }
                for place, run in enumerate(runs)
                if run.pk in lines
            ],
            "cursor": cursor,
            "done": all(run.is_over for run in runs),
        }
    )


def _runs(request: HttpRequest, project: Project) -> RunQuerySet:
    """Those asked for, in their order; what is no run of the project is left out."""
    asked = {asked_number(one) for one in request.GET.getlist("run")[: 4 * MOST]}
    found = Run.objects.filter(project=project, number__in=asked)
    return found.with_origin().select_related("best_checkpoint").order_by("number")[:MOST]


def _said(value: object) -> object:
    return "–" if value is None else said(value)
