"""The runs of a project, what waits in the queue, and the buttons of one run."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from authoring.models import Project
from authoring.permissions import allowed
from authoring.views.access import in_project
from authoring.views.asked import number as number_of
from authoring.views.refusals import REFUSED, as_studio_error, told_afterwards
from training import disk, workers
from training.actions import checkpoints, jobs, line
from training.actions.line import Priority, To
from training.line import lines_for, together
from training.models import Job, Run
from training.views.deeds import do

ON_A_PAGE = 25


@require_GET
@in_project("view")
def runs(request: HttpRequest, project: Project) -> HttpResponse:
    found = Run.objects.filter(project=project).with_origin().with_bytes().order_by("-number")
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "page": page,
        "may_train": allowed(request.user, "train", project),
        **queue_of(request),
        "disk": disk.of_project(project),
    }
    return render(request, "training/runs.html", context)


@require_GET
@in_project("view")
def runs_queue(request: HttpRequest, project: Project) -> HttpResponse:
    """The part of the page that moves."""
    return render(request, "training/_queue.html", {"project": project, **queue_of(request)})


@require_POST
@in_project("view")
def queue_move(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Another place, or another priority, for a job of any project that this person is in."""
    visible = Project.objects.for_user(request.user)
    job = get_object_or_404(Job, pk=pk, project__in=visible)
    to, priority = request.POST.get("to", ""), request.POST.get("priority", "")
    with told_afterwards(request):
        if to in To.values:
            line.move(by=request.user, job=job, to=to)
        elif priority in map(str, Priority.values):
            line.set_priority(by=request.user, job=job, priority=int(priority))
        else:
            messages.error(request, _("There is no such button."))
    return redirect(reverse("runs", args=[project.slug]) + "#queue")


@require_POST
@in_project("view")
def run_do(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    """What a person asks of a run; the actions ask whether they may."""
    run = get_object_or_404(Run, project=project, number=number)
    do(request, run, DEEDS, SAID)
    return redirect("run", project.slug, number)


@require_POST
@in_project("train")
def run_keep(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    """How many of its best checkpoints keep their files."""
    run = get_object_or_404(Run, project=project, number=number)
    asked = request.POST.get("keep_best", "")
    try:
        checkpoints.keep(
            by=request.user, run=run, best=number_of(asked) if asked.isdecimal() else -1
        )
        messages.success(request, _("Saved. Surplus files go within a minute, once measured."))
    except REFUSED as error:
        messages.error(request, str(as_studio_error(error).message))
    return redirect("run", project.slug, number)


DEEDS = {
    "stop": jobs.stop,
    "pause": jobs.pause,
    "resume": jobs.resume,
    "retry": jobs.retry,
    "checkpoint": jobs.checkpoint_now,
}
SAID = {
    "stop": _("Asked to stop. It saves first."),
    "pause": _("Asked to pause. It saves first."),
    "resume": _("Back in the queue: it goes on from its newest checkpoint."),
    "retry": _("Back in the queue: it goes on from its newest checkpoint."),
    "checkpoint": _("A checkpoint will be saved at the next step."),
}


def queue_of(request: HttpRequest) -> dict[str, Any]:
    """Every job of the studio in the order they will run; those of projects that this person can't
    see are places without a name."""
    lines = lines_for(request.user)
    return {
        "queue": lines,
        "together": together(lines),
        "priorities": Priority.choices if request.user.is_superuser else USUAL,
        "warnings": workers.status().warnings if lines else [],
    }


USUAL = [one for one in Priority.choices if one[0] != Priority.URGENT]
