"""Two models side by side: paired difference, and what was gained and lost."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET

from authoring.models import Project
from authoring.views.access import in_project
from authoring.views.refusals import REFUSED, as_studio_error
from evaluation.comparing import compare
from evaluation.examples import Example
from evaluation.forms import generation_of
from evaluation.models import Evaluation
from evaluation.outcomes import Change, changed, counts, side_by_side
from evaluation.slice_names import slice_names

ON_A_PAGE = 15


@require_GET
@in_project("view")
def comparison(request: HttpRequest, project: Project) -> HttpResponse:
    asked = [request.GET.get(name, "") for name in "ab"]
    if not all(one.isdecimal() for one in asked):
        return redirect("dashboard", project.slug)
    mine = Evaluation.objects.in_project(project).with_subject()
    first, second = (get_object_or_404(mine, pk=one) for one in asked)
    try:
        differences = compare(first=first, second=second)
    except REFUSED as error:
        context = {"project": project, "refusal": as_studio_error(error)}
        return render(request, "evaluation/comparison_refused.html", context, status=409)
    found = counts(first, second)
    change = _change(request, found)
    page = Paginator(changed(first, second, change), ON_A_PAGE).get_page(request.GET.get("page"))
    names = slice_names(project, {one.slice for one in differences})
    context = {
        "project": project,
        "first": first,
        "second": second,
        "generation": generation_of(second),
        "same_setting": first.settings_hash == second.settings_hash,
        "differences": [(names[one.slice] if one.slice else "", one) for one in differences],
        "tabs": _tabs(request, found, change),
        "page": page,
        "change": change,
        "examples": [
            (Example(one.first), Example(one.second))
            for one in side_by_side(first, second, list(page))
        ],
    }
    return render(request, "evaluation/comparison.html", context)


def _change(request: HttpRequest, found: dict[Change, int]) -> Change:
    """The one asked for, else the first that there is."""
    asked = request.GET.get("show")
    if asked in Change.values:
        return Change(asked)
    return next((one for one in Change if found[one]), Change.GAINED)


def _tabs(request: HttpRequest, found: dict[Change, int], chosen: Change) -> list[dict]:
    query = request.GET.copy()
    query.pop("page", None)
    tabs = []
    for change in Change:
        query["show"] = change.value
        tabs.append(
            {
                "label": change.label.capitalize(),
                "url": f"?{query.urlencode()}",
                "active": change == chosen,
                "count": found[change],
            }
        )
    return tabs
