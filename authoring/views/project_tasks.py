"""The kinds of instruction in a project: a new one, a changed one, one removed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from authoring.actions import project_tasks
from authoring.forms.project import TaskForm
from authoring.models import Project, Task
from authoring.seen import read
from authoring.views.access import in_project
from authoring.views.beside import beside
from authoring.views.refusals import page, refusals, refused_on


@require_http_methods(["GET", "POST"])
@in_project("manage")
def task_new(request: HttpRequest, project: Project) -> HttpResponse:
    form = TaskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals(request, form):
            task = project_tasks.add(project=project, by=request.user, **form.cleaned_data)
            messages.success(request, _("%(task)s is there.") % {"task": task})
            return redirect("project_settings", slug=project.slug)
    return page(request, "authoring/task_form.html", {"form": form, "project": project})


@require_http_methods(["GET", "POST"])
@in_project("manage")
def task_edit(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    task = get_object_or_404(project.tasks, pk=pk)
    form = TaskForm(
        request.POST if request.method == "POST" else None, initial=project_tasks.shown(task)
    )
    if request.method == "POST" and form.is_valid():
        seen = read(request.POST.get("seen", ""))
        with refusals(request, form):
            task = project_tasks.change(task=task, by=request.user, seen=seen, **form.cleaned_data)
            messages.success(request, _("%(task)s is saved.") % {"task": task})
            return redirect("project_settings", slug=project.slug)
    saved = Task.objects.get(pk=task.pk)
    context = {
        "form": form,
        "project": project,
        "task": saved,
        "pairs": saved.pairs.present().count(),
        **beside(request, form, project_tasks.shown(saved)),
    }
    return page(request, "authoring/task_form.html", context)


@require_POST
@refused_on(task_edit, "slug", "pk")
@in_project("manage")
def task_remove(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    task = get_object_or_404(project.tasks, pk=pk)
    project_tasks.remove(task=task, by=request.user)
    messages.success(request, _("%(task)s is removed.") % {"task": task})
    return redirect("project_settings", slug=project.slug)
