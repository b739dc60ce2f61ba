"""Parts of the editor that are asked again as the text changes: the coach, the guidelines, the preview."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from authoring.coach import Draft, Hint
from authoring.coached import coached
from authoring.forms.pair import PairForm, unix_lines
from authoring.models import Pair, Project, Task
from authoring.views.access import in_project
from authoring.views.asked import number


@require_POST
@in_project("write")
def coach(request: HttpRequest, project: Project) -> HttpResponse:
    """What the coach says about the fields as they stand."""
    task = get_object_or_404(project.tasks, pk=number(request.POST.get("task")))
    pair = Pair.objects.in_project(project).filter(pk=number(request.POST.get("pair"))).first()
    form = PairForm(request.POST, project=project)
    context = {"project": project, "hints": hints_for(task, form, pair)}
    return render(request, "authoring/_coach.html", context)


@require_POST
@in_project("write")
def guide(request: HttpRequest, project: Project) -> HttpResponse:
    """The guidelines of the task chosen in the editor."""
    task = get_object_or_404(project.tasks, pk=number(request.POST.get("task")))
    return render(request, "authoring/_guide.html", {"project": project, "task": task})


@require_POST
@in_project("write")
def of_kind(request: HttpRequest, project: Project) -> HttpResponse:
    """What stands below the response for the task chosen in the editor: labels, references, tests.

    An instruction that is another task's own, not a word changed, becomes this task's.
    """
    task = get_object_or_404(project.tasks, pk=number(request.POST.get("task")))
    form = PairForm(request.POST, project=project)
    own = set(project.tasks.exclude(pk=task.pk).values_list("instruction", flat=True)) | {""}
    untouched = len(form.turn_texts) == 1 and unix_lines(form.turn_texts[0]) in own
    begins = untouched and form.turn_texts != [task.instruction]
    context = {"project": project, "task": task, "form": form, "begins": begins}
    return render(request, "authoring/_editor_of_kind.html", context)


@require_POST
@in_project("write")
def preview(request: HttpRequest, project: Project) -> HttpResponse:
    """The conversation as a reader sees it."""
    form = PairForm(request.POST, project=project)
    form.is_valid()
    return render(request, "authoring/_preview.html", form.cleaned_data)


def hints_for(task: Task, form: PairForm, pair: Pair | None) -> list[Hint]:
    """The coach on the text as typed or as saved; a field that is not valid counts as empty."""
    if form.is_bound:
        form.is_valid()
    draft = Draft.of(form.cleaned_data if form.is_bound else form.initial)
    return coached(draft, task, besides=pair)
