"""The list of projects, and a project's home: the loop."""

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from authoring.models import Project
from authoring.permissions import deeds_of
from authoring.states import PairState
from authoring.views.access import in_project, signed_in
from instructstudio.loop import numbers, stations
from instructstudio.next_thing import next_thing


@require_safe
@signed_in
def home(request: HttpRequest) -> HttpResponse:
    """Whoever has one project goes there at once; `?all` shows the list nevertheless."""
    projects = list(_with_counts(Project.objects.for_user(request.user)))
    if len(projects) == 1 and "all" not in request.GET:
        return redirect("project", slug=projects[0].slug)
    context = {
        "projects": projects,
        "deleted": Project.objects.restorable_by(request.user),
    }
    return render(request, "studio/home.html", context)


@require_safe
@in_project("view")
def project(request: HttpRequest, project: Project) -> HttpResponse:
    now, may = numbers(project, request.user), deeds_of(request.user, project)
    context = {
        "project": project,
        "now": now,
        "stations": stations(project, now, may),
        "next": next_thing(project, request.user, now),
        "tasks": project.tasks.with_pair_counts(),
        "manages": "manage" in may,
        "writes": "write" in may,
    }
    return render(request, "studio/project.html", context)


def _with_counts(projects):
    there = Q(pairs__deleted_at=None)
    return projects.annotate(
        pair_count=Count("pairs", filter=there, distinct=True),
        waiting_count=Count(
            "pairs", filter=there & Q(pairs__state=PairState.SUBMITTED), distinct=True
        ),
    )
