"""Checkpoints: weights at a step, how to open them, and what was measured of them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from authoring.models import Project
from authoring.permissions import allowed
from authoring.views.access import in_project
from authoring.views.refusals import page as page_of
from authoring.views.refusals import refused_on
from training import disk, fits
from training.actions import checkpoints as actions
from training.lineage import of_checkpoint
from training.models import Checkpoint, Method
from training.opening import how_to_open

ON_A_PAGE = 50


@require_GET
@in_project("view")
def checkpoints(request: HttpRequest, project: Project) -> HttpResponse:
    found = (
        Checkpoint.objects.filter(run__project=project)
        .select_related("run__snapshot", "run__base_model")
        .order_by("-run__number", "-step")
    )
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "page": page,
        "disk": disk.of_project(project),
        "may_train": allowed(request.user, "train", project),
    }
    return page_of(request, "training/checkpoints.html", context)


@require_GET
@in_project("view")
def checkpoint(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    found = _checkpoint(project, pk)
    there = found.deleted_at is None and found.folder.is_dir()
    context = {
        "project": project,
        "checkpoint": found,
        "run": found.run,
        "lineage": of_checkpoint(found),
        "files": _files(found) if there else [],
        "there": there,
        "python": how_to_open(found),
        "children": found.children.order_by("number"),
        "may_train": allowed(request.user, "train", project),
        "by_reward": fits.method(found.run.base_model, Method.GRPO) is None,
    }
    return page_of(request, "training/checkpoint.html", context)


@require_POST
@refused_on(checkpoint, "slug", "pk")
@in_project("train")
def checkpoint_delete(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    found = _checkpoint(project, pk)
    actions.delete(by=request.user, checkpoint=found)
    messages.success(request, _("The files of %(name)s are deleted.") % {"name": found})
    return redirect("checkpoint", project.slug, pk)


def _checkpoint(project: Project, pk: int) -> Checkpoint:
    related = Checkpoint.objects.select_related(
        "run__project", "run__snapshot", "run__base_model", "run__parent__run", "run__created_by"
    )
    return get_object_or_404(related, run__project=project, pk=pk)


def _files(found: Checkpoint) -> list[tuple[str, int]]:
    """Names and sizes of what a person would copy; what only a resume needs is left out."""
    return sorted((one.name, one.stat().st_size) for one in found.folder.iterdir() if one.is_file())
