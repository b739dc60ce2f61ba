"""One deed on the chosen rows of the list, and taking it back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from authoring.actions import bulk
from authoring.models import Project
from authoring.views import last_bulk
from authoring.views.access import in_project
from authoring.views.asked import number
from authoring.views.pairs import pairs
from authoring.views.refusals import refused_on


@require_POST
@refused_on(pairs, "slug")
@in_project("write")
def pairs_bulk(request: HttpRequest, project: Project) -> HttpResponse:
    done = bulk.apply(
        project=project,
        deed=request.POST.get("deed", ""),
        ids=[number(one) for one in request.POST.getlist("pair")],
        tag=request.POST.get("tag", ""),
        by=request.user,
    )
    last_bulk.remember(request, project, done)
    return _back(request, project)


@require_POST
@refused_on(pairs, "slug")
@in_project("write")
def pairs_undo(request: HttpRequest, project: Project) -> HttpResponse:
    """Take the last deed back. What it did is known to the session, not to the form."""
    undo = last_bulk.to_undo(request, project)
    if undo:
        last_bulk.remember(request, project, bulk.apply(project=project, by=request.user, **undo))
    return _back(request, project)


def _back(request: HttpRequest, project: Project) -> HttpResponse:
    """The list as it was filtered."""
    here = reverse("pairs", kwargs={"slug": project.slug})
    asked = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(asked, None) and asked.startswith(here)
    return redirect(asked if ours else here)
