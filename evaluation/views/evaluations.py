"""One evaluation: its scores, labels, confusions and slices; asking for one, scoring it again."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from authoring.models import Project
from authoring.permissions import allowed
from authoring.views.access import in_project
from authoring.views.refusals import told_afterwards
from evaluation.actions.measure_again import lacks_probabilities, measure_again
from evaluation.actions.request import request as ask
from evaluation.actions.rescore import rescore
from evaluation.confusion import confusions
from evaluation.forms import RequestForm, generation_of, settings_of
from evaluation.lineage import of_evaluation
from evaluation.models import Comparison, Evaluation
from evaluation.report import report
from training.actions import jobs


@require_GET
@in_project("view")
def evaluation(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    found = _of_project(project, pk)
    context = {
        "project": project,
        "evaluation": found,
        "lineage": of_evaluation(found),
        "report": report(found),
        "confusions": confusions(found),
        "gains": Comparison.objects.filter(second=found, first__checkpoint=None, slice=""),
        "generation": generation_of(found),
        "settings": settings_of(found),
        "may_evaluate": allowed(request.user, "evaluate", project),
        "lacks_probabilities": lacks_probabilities(found),
    }
    return render(request, "evaluation/evaluation.html", context)


@require_GET
@in_project("view")
def evaluation_progress(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The part of the page that moves while answers come in."""
    context = {"project": project, "evaluation": _of_project(project, pk), "live": True}
    return render(request, "evaluation/_progress_part.html", context)


@require_POST
@in_project("evaluate")
def evaluation_request(request: HttpRequest, project: Project) -> HttpResponse:
    form = RequestForm(request.POST, project=project)
    if not form.is_valid():
        messages.error(request, " ".join(e for errors in form.errors.values() for e in errors))
        return redirect("dashboard", project.slug)
    asked = form.cleaned_data
    tokens = asked.pop("max_new_tokens")
    with told_afterwards(request):
        made = ask(by=request.user, settings={"max_new_tokens": tokens} if tokens else {}, **asked)
        return redirect("evaluation", project.slug, made.evaluation.pk)
    return redirect("dashboard", project.slug)


@require_POST
@in_project("evaluate")
def evaluation_do(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """The buttons of one evaluation: score again, measure again, stop, try again."""
    found = _of_project(project, pk)
    with told_afterwards(request):
        match request.POST.get("deed"):
            case "score":
                rescore(by=request.user, evaluation=found)
                messages.success(request, _("The stored predictions are being scored again."))
            case "again":
                measure_again(by=request.user, evaluation=found)
                messages.success(request, _("It is in the queue again."))
            case "stop":
                jobs.stop(by=request.user, job=found)
            case "retry":
                jobs.retry(by=request.user, job=found)
    return redirect("evaluation", project.slug, pk)


def _of_project(project: Project, pk: int) -> Any:
    return get_object_or_404(Evaluation.objects.in_project(project).with_subject(), pk=pk)
