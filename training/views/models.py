"""Base models: where runs may start."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from authoring.models import Project
from authoring.permissions import allowed
from authoring.views.access import in_project
from authoring.views.refusals import page, refusals, refused_on
from training import disk
from training.actions import base_models
from training.forms import AddModelForm
from training.model_state import state_of
from training.models import BaseModel, Source


@require_GET
@in_project("view")
def models(request: HttpRequest, project: Project) -> HttpResponse:
    found = BaseModel.objects.select_related("added_by").annotate(run_count=Count("runs"))
    context = {
        "project": project,
        "disk": disk.of_project(project),
        "models": [(one, state_of(one)) for one in found],
        "setting_up": ", ".join(one.name for one in base_models.bundles_missing()),
        "may_add": base_models.may_add(request.user),
        "may_train": allowed(request.user, "train", project),
    }
    return page(request, "training/models.html", context)


@require_http_methods(["GET", "POST"])
@in_project("train")
def model_new(request: HttpRequest, project: Project) -> HttpResponse:
    form = AddModelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals(request, form):
            made = _add(request, form)
            messages.success(request, _("%(name)s can be trained from now.") % {"name": made.name})
            return redirect("models", project.slug)
    context = {"project": project, "form": form, "folders": base_models.available_folders()}
    return page(request, "training/model_new.html", context)


@require_POST
@refused_on(models, "slug")
@in_project("train")
def model_remove(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    model = get_object_or_404(BaseModel, pk=pk)
    base_models.remove(by=request.user, model=model)
    messages.success(request, _("%(name)s is off the list.") % {"name": model.name})
    return redirect("models", project.slug)


def _add(request: HttpRequest, form: AddModelForm) -> BaseModel:
    data: dict[str, Any] = form.cleaned_data
    about = {"by": request.user, "name": data["name"], "licence": data["licence"]}
    match data["source"]:
        case Source.FOLDER:
            return base_models.add_folder(folder=data["reference"], **about)
        case Source.HUB:
            return base_models.add_hub_id(
                hub_id=data["reference"], architecture=data["architecture"], **about
            )
    return base_models.add_preset(
        by=request.user,
        name=data["name"],
        architecture=data["architecture"],
        overrides=form.overrides(),
    )
