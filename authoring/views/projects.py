"""A project made, changed, deleted and brought back."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from authoring.actions import projects
from authoring.forms.project import ProjectForm, ProjectSettingsForm
from authoring.models import Project
from authoring.seen import read
from authoring.views.access import in_project, signed_in
from authoring.views.beside import beside
from authoring.views.refusals import page, refusals


@signed_in
@require_http_methods(["GET", "POST"])
def project_new(request: HttpRequest) -> HttpResponse:
    form = ProjectForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals(request, form):
            project = projects.create(**form.cleaned_data, by=request.user)
            return redirect("project", slug=project.slug)
    return page(request, "authoring/project_new.html", {"form": form})


@require_http_methods(["GET", "POST"])
@in_project("manage")
def project_settings(request: HttpRequest, project: Project) -> HttpResponse:
    form = ProjectSettingsForm(
        request.POST if request.method == "POST" else None, initial=projects.shown(project)
    )
    if request.method == "POST" and form.is_valid():
        seen = read(request.POST.get("seen", ""))
        with refusals(request, form):
            projects.change(project=project, by=request.user, seen=seen, **form.cleaned_data)
            messages.success(request, _("The settings are saved."))
            return redirect("project_settings", slug=project.slug)
    tasks = project.tasks.with_pair_counts()
    now = projects.shown(Project.objects.get(pk=project.pk))
    context = {"form": form, "project": project, "tasks": tasks, **beside(request, form, now)}
    return page(request, "authoring/project_settings.html", context)


@require_POST
@in_project("manage")
def project_delete(request: HttpRequest, project: Project) -> HttpResponse:
    projects.delete(project=project, by=request.user)
    messages.success(request, _("%(project)s is deleted.") % {"project": project})
    return redirect("home")


@signed_in
@require_POST
def project_restore(request: HttpRequest, slug: str) -> HttpResponse:
    project = get_object_or_404(Project.objects.restorable_by(request.user), slug=slug)
    projects.restore(project=project, by=request.user)
    messages.success(request, _("%(project)s is back.") % {"project": project})
    return redirect("project", slug=project.slug)
