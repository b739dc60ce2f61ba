"""A small project with a frozen test split, and models whose outputs are written by the test."""

import itertools
from collections import Counter
from dataclasses import asdict

import pytest
from django.utils import timezone

from authoring.models import Pair, Project, Revision, Snapshot, SnapshotItem, Task, User
from evaluation.generation import settings_hash
from evaluation.models import Evaluation, Prediction
from training.models import BaseModel, Checkpoint, Kind, Method, Run
from training.states import JobState

LABELS = ["book", "cancel", "refund"]


@pytest.fixture
def intent(project: Project) -> Task:
    return Task.objects.create(
        project=project, slug="intent", name="Intent", kind="classification", labels=LABELS
    )


@pytest.fixture
def answers(project: Project) -> Task:
    return Task.objects.create(
        project=project, slug="answers", name="Short answers", kind="short_answer", position=1
    )


@pytest.fixture
def write(project: Project, ada: User):
    """write(task, "Cancel my table", "cancel") → an approved revision by Ada."""

    def written(task, instruction, response, *, author=None, language="en", tags=()):
        author = author or ada
        pair = Pair.objects.create(project=project, task=task, author=author)
        revision = Revision.objects.create(
            pair=pair,
            number=1,
            author=author,
            turns=[{"role": "user", "content": instruction}],
            response=response,
            language=language,
            tags=list(tags),
        )
        Pair.objects.filter(pk=pair.pk).update(head=revision, approved=revision, state="approved")
        return revision

    return written


@pytest.fixture
def freeze(project: Project, olga: User):
    """freeze(test=[…], train=[…]) → a snapshot of these revisions."""
    numbers = itertools.count(1)

    def frozen(**splits):
        number = next(numbers)
        snapshot = Snapshot.objects.create(
            project=project,
            number=number,
            content_hash=f"{number:064}",
            created_by=olga,
            settings={
                "frozen_tasks": {one.slug: asdict(one.info()) for one in project.tasks.all()}
            },
            counts={
                split: {
                    "rows": len(rows),
                    "tasks": dict(Counter(one.pair.task.slug for one in rows)),
                }
                for split, rows in splits.items()
            },
        )
        places = itertools.count()
        for split, revisions in splits.items():
            for revision in revisions:
                place = next(places)
                SnapshotItem.objects.create(
                    snapshot=snapshot, revision=revision, split=split, group=place, position=place
                )
        return snapshot

    return frozen


def as_if_frozen_with(task: Task, evaluation: Evaluation) -> None:
    """Make an evaluation's snapshot one that was frozen when the task was as it is now."""
    snapshot = evaluation.snapshot
    snapshot.settings["frozen_tasks"][task.slug] = asdict(task.info())
    snapshot.save()


@pytest.fixture
def questions(intent, write):
    """Six questions: two of each label."""
    return [
        write(intent, f"{label} number {number}", label, tags=["typo"] if number else [])
        for label in LABELS
        for number in range(2)
    ]


@pytest.fixture
def snapshot(freeze, questions) -> Snapshot:
    return freeze(test=questions, train=[])


@pytest.fixture
def base_model(db) -> BaseModel:
    return BaseModel.objects.create(name="Tiny", slug="tiny", source="folder", reference="tiny")


@pytest.fixture
def run(project, tao, base_model, snapshot) -> Run:
    return Run.objects.create(
        kind=Kind.RUN,
        project=project,
        created_by=tao,
        number=1,
        method=Method.SFT,
        base_model=base_model,
        snapshot=snapshot,
        state=JobState.FINISHED,
    )


@pytest.fixture
def checkpoint(run) -> Checkpoint:
    return checkpoint_at(run, 10)


def checkpoint_at(run: Run, step: int) -> Checkpoint:
    return Checkpoint.objects.create(
        run=run,
        step=step,
        fence=1,
        path=f"{run.pk}/attempts/1/checkpoints/step-{step:06d}",
        layout="adapter",
        sha256=f"{step:064x}",
        bytes=1_000_000,
    )


@pytest.fixture
def evaluate(tao):
    """evaluate(snapshot, {revision: output}, checkpoint=…) → a finished, unscored evaluation."""

    def evaluated(snapshot, outputs, *, checkpoint=None, base_model=None, ended="stop"):
        evaluation = Evaluation(
            kind=Kind.EVALUATION,
            project=snapshot.project,
            created_by=tao,
            snapshot=snapshot,
            checkpoint=checkpoint,
            base_model=checkpoint.run.base_model if checkpoint else base_model,
            settings={"max_new_tokens": 16},
            state=JobState.FINISHED,
            finished_at=timezone.now(),
            rows=len(outputs),
        )
        evaluation.settings_hash = settings_hash(evaluation.generation())
        evaluation.save()
        Prediction.objects.bulk_create(
            Prediction(
                evaluation=evaluation,
                revision=revision,
                output=output,
                ended=ended,
                prompt_text=f"<|im_start|>user\n{revision.instruction}<|im_end|>\n",
                prompt_tokens=9,
                output_tokens=3,
            )
            for revision, output in outputs.items()
        )
        return evaluation

    return evaluated
