"""The form that begins a search."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from authoring.errors import StudioError
from authoring.models import Project
from authoring.views.access import in_project
from authoring.views.asked import number
from authoring.views.refusals import page, refusals
from evaluation.actions.search.launch import launch
from evaluation.models import Search
from evaluation.search.forms import EVEN, FIXED, LIST, LOG, SearchForm
from training import workers
from training.models import BaseModel, Method


@require_http_methods(["GET", "POST"])
@in_project("train")
def search_new(request: HttpRequest, project: Project) -> HttpResponse:
    if not project.snapshots.exists():
        return render(request, "evaluation/search_new_empty.html", {"project": project})
    like = Search.objects.filter(project=project, number=number(request.GET.get("like"))).first()
    asked = request.POST.get("method") or request.GET.get("method")
    method = asked if asked in Method.values else like.method if like else Method.SFT
    if request.method == "POST":
        form = SearchForm(request.POST, project=project, method=method)
        if form.is_valid():
            with refusals(request, form):
                try:
                    search = launch(by=request.user, project=project, **form.asked())
                except StudioError as error:
                    error.fields = form.mark(error.fields)
                    raise
                messages.success(request, _("Search %(n)s begins.") % {"n": search.number})
                return redirect("search", project.slug, search.number)
    else:
        initial = _initial(project, like if like and like.method == method else None)
        form = SearchForm(initial=initial, project=project, method=method)
    context = {
        "project": project,
        "form": form,
        "method": method,
        "tabs": [
            {"label": capfirst(one.label), "url": f"?method={one}", "active": one == method}
            for one in Method
        ],
        "warnings": workers.status().warnings,
    }
    return page(request, "evaluation/search_new.html", context)


def _initial(project: Project, like: Search | None) -> dict[str, Any]:
    first = BaseModel.objects.first()
    initial: dict[str, Any] = {"snapshot": project.snapshots.first()}
    if first is not None:
        initial["start"] = f"model:{first.pk}"
    return initial | (_of(like) if like else {})


def _of(search: Search) -> dict[str, Any]:
    """The form as it was filled in for this search."""
    start = (
        f"checkpoint:{search.checkpoint_id}"
        if search.checkpoint_id
        else f"model:{search.base_model_id}"
    )
    initial: dict[str, Any] = {
        "start": start,
        "snapshot": search.snapshot,
        "metric": "|".join(filter(None, search.objective)),
        "trials": search.budget,
        **{name: getattr(search, name) for name in ("at_once", "keep", "seed", "pruning", "name")},
    }
    for name, value in search.fixed.items():
        initial |= {f"{name}_how": FIXED, f"{name}_low": value, f"{name}_ticks": [str(value)]}
    for name, one in search.space_json.items():
        if "choices" in one:
            values = [str(value) for value in one["choices"]]
            initial |= {
                f"{name}_how": LIST,
                f"{name}_list": ", ".join(values),
                f"{name}_ticks": values,
            }
        else:
            how = LOG if one["log"] else EVEN
            initial |= {f"{name}_how": how, f"{name}_low": one["low"], f"{name}_high": one["high"]}
    return initial
