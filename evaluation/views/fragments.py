"""Scores for pages of training and authoring, which know no evaluation: parts that they load by address."""

from dataclasses import replace

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from authoring.models import Pair, Project, Split
from authoring.permissions import allowed
from authoring.views.access import in_project
from authoring.views.asked import number as number_of
from evaluation.dashboard import Board, Row, board
from evaluation.headlines import headlines
from evaluation.models import Evaluation, Prediction
from training.models import Checkpoint, Run

MOST_CELLS = 200
"""Of one page."""
MOST_ANSWERS = 12
"""Of one pair; the newest."""
STOP_ASKING = 286
"""htmx's: swap this in, and ask no more."""


@require_GET
@in_project("view")
def run_scores(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    """Checkpoints of one run with their scores on the test split, and the untrained model."""
    run = get_object_or_404(Run, project=project, number=number)
    found = _of_its_own(board(snapshot=run.snapshot, split=Split.TEST, run=run), run)
    shown = Evaluation.objects.filter(pk__in=[row.evaluation.pk for row in found.rows])
    is_all = run.is_over and not shown.on_their_way().exists()
    began, best = (_of(found, one) for one in (run.parent_id, run.best_checkpoint_id))
    context = {"project": project, "run": run, "board": found}
    if began and best and began.evaluation.is_scored and best.evaluation.is_scored:
        context |= {"began": began.evaluation, "best": best.evaluation}
    status = STOP_ASKING if is_all else 200
    return render(request, "evaluation/_run_scores.html", context, status=status)


def _of(found: Board, checkpoint: int | None) -> Row | None:
    """A checkpoint's row; without a checkpoint the untrained model's."""
    return next((row for row in found.rows if row.evaluation.checkpoint_id == checkpoint), None)


def _of_its_own(found: Board, run: Run) -> Board:
    """Of the untrained models only the one that this run started from: others it can't have gained on."""
    rows = [
        row
        for row in found.rows
        if not row.is_base or row.evaluation.base_model_id == run.base_model_id
    ]
    return replace(found, rows=rows)


@require_GET
@in_project("view")
def checkpoint_scores(request: HttpRequest, project: Project) -> HttpResponse:
    """The headline score of each checkpoint on its own snapshot, for its cell on the page.
    `?checkpoint=7&checkpoint=9`: of those that the page shows."""
    shown = [number_of(one) for one in request.GET.getlist("checkpoint")[:MOST_CELLS]]
    own_split = {"snapshot": F("checkpoint__run__snapshot"), "split": Split.TEST}
    found = (
        Evaluation.objects.in_project(project)
        .scored()
        .filter(checkpoint__in=shown, **own_split)
        .with_subject()
    )
    newest = {one.checkpoint_id: one for one in found.order_by("pk")}
    context = {"project": project, "headlines": headlines(newest.values())}
    return render(request, "evaluation/_checkpoint_scores.html", context)


@require_GET
@in_project("view")
def checkpoint_evaluations(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """Every evaluation of one checkpoint, and a form to ask for another."""
    checkpoint = get_object_or_404(Checkpoint, run__project=project, pk=pk)
    evaluations = checkpoint.evaluations.with_subject().order_by("-pk")
    context = {
        "project": project,
        "checkpoint": checkpoint,
        "headlines": headlines(evaluations),
        "may_evaluate": allowed(request.user, "evaluate", project),
        "snapshots": project.snapshots.all(),
        "splits": Split.choices,
    }
    return render(request, "evaluation/_checkpoint_evaluations.html", context)


@require_GET
@in_project("view")
def pair_predictions(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """What models answered to a pair of a test split, the newest first; nothing where none was asked."""
    pair = get_object_or_404(Pair, pk=pk, project=project)
    found = Prediction.objects.filter(revision__pair=pair).of_subjects().order_by("-evaluation_id")
    context = {
        "project": project,
        "pair": pair,
        "answers": found[:MOST_ANSWERS],
        "count": found.count(),
    }
    return render(request, "evaluation/_pair_predictions.html", context)
