"""A checkpoint's exports: ask, follow, download, delete."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from authoring.models import Project
from authoring.permissions import allowed
from authoring.views.access import in_project
from authoring.views.refusals import told_afterwards
from training import destinations, export_forms
from training.actions import exports as actions
from training.download import download
from training.models import Checkpoint, Export, Numbers
from training.states import OVER, JobState


@require_GET
@in_project("view")
def checkpoint_exports(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The part of the checkpoint's page that moves while one is made."""
    checkpoint = _checkpoint(project, pk)
    found = list(checkpoint.exports.order_by("pk"))
    pushes = list(
        checkpoint.pushes.select_related("created_by").prefetch_related("deeds__by").order_by("pk")
    )
    may_publish = allowed(request.user, "publish", project)
    context = {
        "project": project,
        "checkpoint": checkpoint,
        "exports": found,
        "pushes": pushes,
        "finished": [one for one in found if one.state == JobState.FINISHED],
        "moving": any(one.state not in OVER for one in [*found, *pushes]),
        "forms": [(one.value, one.label) for one in export_forms.offered(checkpoint)],
        "numbers": Numbers.choices,
        "destinations": list(destinations.configured().values()) if may_publish else [],
        "may_publish": may_publish,
        "may_train": allowed(request.user, "train", project) and checkpoint.deleted_at is None,
    }
    return render(request, "training/_exports.html", context)


@require_POST
@in_project("train")
def export_new(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    checkpoint = _checkpoint(project, pk)
    form, numbers = request.POST.get("form", ""), request.POST.get("numbers", Numbers.FLOAT32)
    with told_afterwards(request):
        actions.ask(by=request.user, checkpoint=checkpoint, form=form, numbers=numbers)
        messages.success(request, _("The export is in the queue."))
    return redirect("checkpoint", project.slug, pk)


@require_GET
@in_project("view")
def export_file(request: HttpRequest, project: Project, pk: int) -> StreamingHttpResponse:
    return download(get_object_or_404(Export.objects.with_origin(), project=project, pk=pk))


@require_POST
@in_project("train")
def export_delete(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    found = get_object_or_404(Export.objects.select_related("project"), project=project, pk=pk)
    checkpoint = found.checkpoint_id
    with told_afterwards(request):
        actions.delete(by=request.user, export=found)
        messages.success(request, _("The export is deleted."))
    return redirect("checkpoint", project.slug, checkpoint)


def _checkpoint(project: Project, pk: int) -> Checkpoint:
    related = Checkpoint.objects.select_related("run__project", "run__base_model", "run__parent")
    return get_object_or_404(related, run__project=project, pk=pk)
