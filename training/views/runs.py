"""The runs of a project, what waits in the queue, and the buttons of one run."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from authoring.models import Project
from authoring.permissions import allowed
from authoring.views.access import in_project
from authoring.views.refusals import REFUSED, as_studio_error
from training import workers
from training.actions import jobs
from training.models import Job, Run
from training.states import JobState

ON_A_PAGE = 25


@require_GET
@in_project("view")
def runs(request: HttpRequest, project: Project) -> HttpResponse:
    found = Run.objects.filter(project=project).with_origin().order_by("-number")
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "page": page,
        "may_train": allowed(request.user, "train", project),
        **queue_of(project),
    }
    return render(request, "training/runs.html", context)


@require_GET
@in_project("view")
def runs_queue(request: HttpRequest, project: Project) -> HttpResponse:
    """The part of the page that moves."""
    return render(request, "training/_queue.html", {"project": project, **queue_of(project)})


@require_POST
@in_project("view")
def run_do(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    """What a person asks of a run; the actions ask whether they may."""
    run = get_object_or_404(Run, project=project, number=number)
    deed = request.POST.get("deed", "")
    try:
        DEEDS[deed](by=request.user, job=run)
        messages.success(request, SAID[deed])
    except KeyError:
        messages.error(request, _("There is no such button."))
    except REFUSED as error:
        said = as_studio_error(error)
        messages.error(request, f"{said.message} {said.remedy}")
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


def queue_of(project: Project) -> dict:
    """Live and waiting jobs of the whole studio in the order they will run; other projects' jobs
    are counted, not named."""
    queue = list(Job.objects.filter(state=JobState.QUEUED).in_queue_order())
    live = list(Job.objects.live().order_by("started_at"))
    numbers = dict(
        Run.objects.filter(pk__in=[one.pk for one in [*live, *queue]], project=project).values_list(
            "pk", "number"
        )
    )
    lines = [
        {"job": job, "number": numbers.get(job.pk), "ours": job.project_id == project.pk}
        for job in [*live, *queue]
    ]
    return {"queue": lines, "warnings": workers.status().warnings if lines else []}
