"""Pushes of a checkpoint's exports: ask, stop, try again. The exports' part of the page shows them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from authoring.models import Project
from authoring.views.access import in_project
from authoring.views.asked import number as number_of
from authoring.views.refusals import told_afterwards
from training.actions import jobs
from training.actions import pushes as actions
from training.models import Export, Push
from training.views.deeds import do

DEEDS = {"stop": jobs.stop, "resume": jobs.resume, "retry": jobs.retry}
SAID = {
    "stop": gettext_lazy("Asked to stop."),
    "resume": gettext_lazy("Back in the queue: what has arrived is not sent twice."),
    "retry": gettext_lazy("Back in the queue: what has arrived is not sent twice."),
}


@require_POST
@in_project("publish")
def push_new(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    asked = number_of(request.POST.get("export", ""))
    export = get_object_or_404(
        Export.objects.select_related("project", "checkpoint"),
        checkpoint=pk,
        project=project,
        pk=asked,
    )
    with told_afterwards(request):
        push = actions.ask(
            by=request.user,
            export=export,
            destination=request.POST.get("destination", ""),
            name=request.POST.get("name", "").strip(),
            public=request.POST.get("public") == "1",
        )
        messages.success(request, _("It goes to %(target)s.") % {"target": push.target})
    return redirect("checkpoint", project.slug, pk)


@require_POST
@in_project("publish")
def push_do(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """What a person asks of a push."""
    push = get_object_or_404(Push.objects.select_related("project"), project=project, pk=pk)
    do(request, push, DEEDS, SAID)
    return redirect("checkpoint", project.slug, push.checkpoint_id)
