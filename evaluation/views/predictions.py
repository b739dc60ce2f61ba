"""The examples behind every number."""

from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from authoring.models import Pair, Project, Split
from authoring.permissions import allowed
from authoring.views.access import in_project
from evaluation.examples import Example
from evaluation.forms import PredictionsForm, generation_of
from evaluation.lineage import of_evaluation, of_prediction
from evaluation.models import Evaluation, Prediction
from evaluation.models.prediction import PredictionQuerySet

ON_A_PAGE = 20


@require_GET
@in_project("view")
def predictions(request: HttpRequest, project: Project) -> HttpResponse:
    form = PredictionsForm(request.GET, project=project)
    evaluation = _evaluation(form, project, request)
    if evaluation is None:
        return render(request, "evaluation/predictions_empty.html", {"project": project})
    form.offer(evaluation)
    form.is_valid()
    found = _filtered(evaluation.predictions.with_lineage().order_by("id"), form.cleaned_data)
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "evaluation": evaluation,
        "lineage": of_evaluation(evaluation),
        "generation": generation_of(evaluation),
        "form": form,
        "page": page,
        "examples": [Example(one) for one in page],
        "written": _written_for(page),
        "filtered": any(
            v not in ("", None) for k, v in form.cleaned_data.items() if k != "evaluation"
        ),
        "may_write": allowed(request.user, "write", project),
    }
    return render(request, "evaluation/predictions.html", context)


@require_GET
@in_project("view")
def prediction(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    mine = Evaluation.objects.in_project(project)
    found = get_object_or_404(Prediction.objects.with_lineage().filter(evaluation__in=mine), pk=pk)
    evaluation = mine.with_subject().get(pk=found.evaluation_id)
    others = (
        Prediction.objects.filter(revision=found.revision, evaluation__snapshot=evaluation.snapshot)
        .exclude(pk=found.pk)
        .of_subjects()
    )
    context = {
        "project": project,
        "evaluation": evaluation,
        "lineage": of_prediction(found, evaluation),
        "generation": generation_of(evaluation),
        "example": Example(found),
        "answers": others[:50],
        "pairs_for": Pair.objects.written_for(found.revision.pair).select_related("author")[:50],
        "may_write": allowed(request.user, "write", project),
    }
    return render(request, "evaluation/prediction.html", context)


def _written_for(page: Page) -> dict[int, int]:
    """How many pairs were written because of each question of a page, by the question's pair."""
    asked = [one.revision.pair_id for one in page]
    found = Pair.objects.present().filter(written_for__pair__in=asked).order_by()
    counts = found.values("written_for__pair").annotate(n=Count("pk"))
    return {one["written_for__pair"]: one["n"] for one in counts}


def _evaluation(form: PredictionsForm, project: Project, request: HttpRequest) -> Evaluation | None:
    """The one asked for; without one, the newest that is scored, on the test split where there is one:
    the trials of a search are measured on another. Another project's is a 404."""
    scored = form.fields["evaluation"].queryset
    asked = request.GET.get("evaluation")
    if asked:
        return get_object_or_404(scored, pk=asked if asked.isdecimal() else 0)
    newest = scored.filter(split=Split.TEST).first() or scored.first()
    if newest is not None:
        form.data = form.data.copy()
        form.data["evaluation"] = newest.pk
    return newest


def _filtered(found: PredictionQuerySet, asked: dict) -> PredictionQuerySet:
    """Only what the form names reaches the query."""
    if asked.get("correct"):
        found = found.right() if asked["correct"] == "yes" else found.wrong()
    if asked.get("label") == PredictionsForm.UNPARSED:
        found = found.unparsed()
    elif asked.get("label"):
        found = found.filter(label=asked["label"])
    if asked.get("written"):
        found = found.written_for(asked["written"] == "yes")
    if asked.get("empty"):
        found = found.filter(output__regex=r"^\s*$")
    lookups = {
        "reference_label": "reference_label",
        "ended": "ended",
        "task": "revision__pair__task__slug",
        "language": "revision__language",
        "author": "revision__author_id",
    }
    found = found.filter(**{lookups[name]: asked[name] for name in lookups if asked.get(name)})
    if asked.get("tag"):
        found = found.tagged(asked["tag"])
    if asked.get("q"):
        found = found.with_words(asked["q"])
    return found
