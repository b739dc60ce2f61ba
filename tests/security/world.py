"""A project in which every text that anybody or any model can bring in is an attack.

Made row by row, past the checks of forms and actions: what stands in the database may be older than
a check, and the pages must not rely on one.
"""

from dataclasses import asdict

from django.utils import timezone

from authoring.actions.snapshots import default_settings
from authoring.models import (
    AccessLink,
    ApiToken,
    Import,
    Membership,
    Pair,
    Project,
    Purpose,
    Review,
    Revision,
    Snapshot,
    SnapshotItem,
    Task,
    User,
)
from authoring.permissions import Role
from evaluation.generation import settings_hash
from evaluation.models import Comparison, Evaluation, Prediction, Score, Search, Trial
from training.models import (
    BaseModel,
    Checkpoint,
    Export,
    Kind,
    LogChunk,
    Method,
    Point,
    Push,
    Run,
    Sample,
)
from training.states import JobState

POISON = """"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7|add:7 }}[x](javascript:alert(3))"""
SHORT = "<script>alert(1)</script>"
"""For columns that hold little."""
SECRET = "xyzzy-only-for-members"
"""Stands in every text too: whoever reads it has been let in."""


def poisoned(owner: User) -> dict[str, object]:
    """Build it for this owner. Returns what `Route.address` needs: noun in an address → its id."""
    owner.name = f"Owner {SHORT}"
    owner.save()
    text = f"{SECRET} {POISON}"
    project = Project.objects.create(
        name=f"{SECRET} {SHORT}",
        slug="poison",
        description=text,
        guidelines=text,
        created_by=owner,
    )
    Membership.objects.create(project=project, user=owner, role=Role.OWNER)
    author = User.objects.create_user("mallory@example.org", name=text[:150])
    membership = Membership.objects.create(project=project, user=author, role=Role.AUTHOR)
    invitation, _token = AccessLink.issue(
        Purpose.INVITATION, email="a@example.org", project=project, role="author", created_by=author
    )
    token, _plain = ApiToken.issue(user=owner, name=text[:100])
    task = Task.objects.create(
        project=project,
        slug="poison",
        name=text[:120],
        kind="classification",
        labels=[SHORT, "other"],
        guidelines=text,
        instruction=text,
        system=text,
        input_form=text,
        output_form=text,
    )
    pair, revision = _pair(project, task, author, text, state="approved")
    waiting, _revision = _pair(project, task, author, text, state="submitted")
    Review.objects.create(
        revision=revision, reviewer=owner, verdict="approve", comment=text, history=[]
    )
    imported = _import(project, task, author, text)
    Pair.objects.filter(pk=waiting.pk).update(origin=imported, origin_row=1)
    snapshot = _snapshot(project, task, author, text, revision)
    model = BaseModel.objects.create(
        name=text[:150],
        slug="poison",
        source="folder",
        reference=f"poison-{SHORT}",
        licence=text[:100],
        note=text[:300],
        added_by=author,
    )
    run = _run(project, author, text, snapshot, model, revision)
    checkpoint = Checkpoint.objects.create(
        run=run,
        step=1,
        fence=1,
        path=f"{run.pk}/attempts/1/checkpoints/step-000001",
        layout="adapter",
        sha256="0" * 64,
        bytes=1,
        values={SHORT: 1.0, "validation/loss": 1.0},
    )
    Run.objects.filter(pk=run.pk).update(best_checkpoint=checkpoint)
    export = Export.objects.create(
        kind=Kind.EXPORT,
        project=project,
        created_by=author,
        checkpoint=checkpoint,
        form="gguf",
        state=JobState.FAILED,
        finished_at=timezone.now(),
        failure={"type": SHORT, "message": text, "remedy": text, "traceback": text},
    )
    push = Push.objects.create(
        kind=Kind.PUSH,
        project=project,
        created_by=author,
        checkpoint=checkpoint,
        exported=export,
        form="gguf",
        numbers="float32",
        destination="hub",
        name=SHORT,
        target=text[:700],
        url=f"javascript:{SHORT}",
        revision=SHORT,
        state=JobState.FAILED,
        finished_at=timezone.now(),
        failure={"type": SHORT, "message": text, "remedy": text, "traceback": text},
    )
    search = Search.objects.create(
        project=project,
        number=run.pk,
        name=text[:100],
        created_by=author,
        method="sft",
        base_model=model,
        checkpoint=checkpoint,
        snapshot=snapshot,
        fixed={SHORT: text},
        space_json={SHORT: {"choices": [SHORT, text]}},
        metric=SHORT,
        slice=f"task:{SHORT}",
        budget=3,
        state="paused",
        halted={"message": text, "remedy": text},
        importances={SHORT: 0.5},
    )
    for number, value in ((1, 0.25), (2, 0.75)):
        Trial.objects.create(
            search=search,
            number=number,
            settings={SHORT: text},
            run=run if number == 1 else None,
            state="complete",
            value=value,
            failure={"message": text, "remedy": text},
        )
    first = _evaluation(project, author, text, snapshot, revision, base_model=model)
    second = _evaluation(project, author, text, snapshot, revision, checkpoint=checkpoint)
    Comparison.objects.create(
        first=first,
        second=second,
        metric="accuracy",
        first_value=0,
        second_value=1,
        delta=1,
        low=0.5,
        high=1,
        p=0.01,
        test=SHORT,
        n=1,
    )
    return {
        "p": project.slug,
        "projects": project.slug,
        "link": "no-such-token",
        "tokens": token.pk,
        "people": author.pk,
        "tasks": task.pk,
        "members": membership.user_id,
        "invitations": invitation.pk,
        "pairs": pair.pk,
        "revisions": revision.pk,
        "imports": imported.pk,
        "snapshots": snapshot.pk,
        "models": model.pk,
        "base-models": model.pk,
        "methods": "sft",
        "runs": run.pk,
        "queue": run.pk,
        "points": "loss",
        "checkpoints": checkpoint.pk,
        "exports": export.pk,
        "pushes": push.pk,
        "searches": search.pk,
        "evaluations": second.pk,
        "predictions": second.predictions.get().pk,
        "scores": second.scores.first().pk,
    }


def _pair(
    project: Project, task: Task, author: User, text: str, *, state: str
) -> tuple[Pair, Revision]:
    pair = Pair.objects.create(
        project=project,
        task=task,
        author=author,
        state="draft",
        search=text,
        submitted_at=timezone.now(),
    )
    fields = {
        "pair": pair,
        "author": author,
        "system": text,
        "turns": [{"role": "user", "content": text}],
        "input": text,
        "references": [text],
        "tags": [SHORT],
        "source": text[:300],
        "licence": text[:100],
        "extra": {SHORT: text},
    }
    first = Revision.objects.create(number=1, response=f"{text} before", **fields)
    head = Revision.objects.create(number=2, parent=first, response=SHORT, **fields)
    approved = head if state == "approved" else None
    Pair.objects.filter(pk=pair.pk).update(head=head, approved=approved, state=state)
    return pair, head


def _import(project: Project, task: Task, author: User, text: str) -> Import:
    preview = {
        "row": 1,
        "split": "",
        "system": text,
        "input": text,
        "response": text,
        "turns": [{"role": "user", "content": text}],
        "language": "en",
        "tags": [SHORT],
    }
    problem = {
        "row": 2,
        "code": "invalid",
        "field": SHORT,
        "level": "error",
        "details": {"why": text},
    }
    return Import.objects.create(
        project=project,
        task=task,
        created_by=author,
        filename=f"{SHORT}.jsonl",
        format="studio",
        encoding="UTF-8",
        state="committed",
        rows_good=1,
        rows_bad=1,
        report=[problem],
        sample=[preview],
    )


def _snapshot(
    project: Project, task: Task, author: User, text: str, revision: Revision
) -> Snapshot:
    one = {
        "rows": 1,
        "tasks": {task.slug: 1},
        "languages": {SHORT: 1},
        "labels": {SHORT: 1},
    }
    snapshot = Snapshot.objects.create(
        project=project,
        number=1,
        name=text[:120],
        note=text,
        content_hash="0" * 64,
        created_by=author,
        settings=default_settings(project=project).as_json()
        | {"frozen_tasks": {task.slug: asdict(task.info())}},
        counts={"train": one, "validation": one, "test": one},
        leaks=[
            {"train": revision.pair_id, "test": revision.pair_id, "similarity": 1, "exact": True}
        ],
    )
    SnapshotItem.objects.create(
        snapshot=snapshot, revision=revision, split="test", group=1, position=1
    )
    return snapshot


def _run(
    project: Project,
    author: User,
    text: str,
    snapshot: Snapshot,
    model: BaseModel,
    revision: Revision,
) -> Run:
    run = Run.objects.create(
        kind=Kind.RUN,
        project=project,
        created_by=author,
        number=1,
        name=text[:120],
        method=Method.SFT,
        base_model=model,
        snapshot=snapshot,
        state=JobState.FAILED,
        finished_at=timezone.now(),
        failure={"type": SHORT, "message": text, "remedy": text, "traceback": text},
        spec={"model": {"path": text}},
    )
    Run.objects.filter(pk=run.pk).update(number=run.pk)  # pages go by number, REST by id
    Point.objects.create(run=run, name="loss", step=1, value=1.0, fence=1)
    LogChunk.objects.create(job=run, fence=1, offset=0, text=text)
    Sample.objects.create(
        run=run,
        step=1,
        position=0,
        revision=revision,
        prompt=text,
        output=text,
        reference=text,
        score=0.5,
        values={SHORT: text},
    )
    return run


def _evaluation(
    project: Project, author: User, text: str, snapshot: Snapshot, revision: Revision, **of: object
) -> Evaluation:
    checkpoint = of.get("checkpoint")
    evaluation = Evaluation(
        kind=Kind.EVALUATION,
        project=project,
        created_by=author,
        snapshot=snapshot,
        base_model=of.get("base_model") or checkpoint.run.base_model,
        checkpoint=checkpoint,
        settings={"max_new_tokens": 16},
        state=JobState.FINISHED,
        finished_at=timezone.now(),
        scored_at=timezone.now(),
        rows=1,
        spec={"model": {"path": text}},
    )
    evaluation.settings_hash = settings_hash(evaluation.generation())
    evaluation.save()
    Prediction.objects.create(
        evaluation=evaluation,
        revision=revision,
        output=text,
        ended="error",
        error=text,
        prompt_text=text,
        prompt_tokens=1,
        output_tokens=1,
        label=SHORT,
        reference_label=SHORT,
        correct=checkpoint is not None,
        label_logprobs={SHORT: -0.1, text: -2.3},
    )
    Score.objects.create(
        evaluation=evaluation,
        metric="ece",
        value=0.5,
        n=1,
        settings={
            "bins": [
                {
                    "start": 0.8,
                    "end": 1.0,
                    "n": 1,
                    "confidence": 0.9,
                    "accuracy": 0.0,
                    "low": 0.0,
                    "high": 0.8,
                }
            ],
            "no_interval": {"code": "told_once", "about": [text], "why": text},
            "labels_left_out": [text],
        },
    )
    for metric in ("accuracy", "f1_macro", "f1", "precision", "recall"):
        for slice_ in (
            "",
            f"label:{SHORT}",
            f"tag:{SHORT}",
            f"language:{SHORT}",
            f"author:{author.pk}",
        ):
            Score.objects.create(
                evaluation=evaluation,
                metric=metric,
                slice=slice_,
                value=0.5,
                low=0.1,
                high=0.9,
                n=1,
                settings={"why": text},
            )
    return evaluation
