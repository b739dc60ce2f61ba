"""How the runner works on a job of kind evaluation: one split through `engine predict`."""

import json
from collections.abc import Collection
from dataclasses import asdict

from django.db import transaction
from django.utils.translation import gettext as _

from engine.run_dir import write_atomically
from engine.spec import JobSpec
from evaluation import tasks
from evaluation.ingest import ingest
from evaluation.models import Evaluation
from evaluation.scoring import forget_scores
from training.handlers import About, Handler, files
from training.lease import Lease
from training.models import Job
from training.runner.outcome import Outcome
from training.watchers import tell


class EvaluationHandler(Handler):
    def __init__(self, job: Job, lease: Lease) -> None:
        super().__init__(job, lease)
        self.evaluation = Evaluation.objects.with_subject().get(pk=job.pk)

    def prepare(self) -> None:
        evaluation, snapshot = self.evaluation, self.evaluation.snapshot
        checkpoint = evaluation.checkpoint
        spec = JobSpec(
            method=self.method(),
            model=files.weights_of(evaluation.base_model, checkpoint),
            data={evaluation.split: files.write_split(self.run_dir, snapshot, evaluation.split)},
            settings=evaluation.generation(),
            versions=files.versions(),
            lineage={
                "evaluation": evaluation.pk,
                "project": snapshot.project.slug,
                "snapshot": snapshot.number,
                "snapshot_hash": snapshot.content_hash,
                "base_model": evaluation.base_model.slug,
                "checkpoint": checkpoint and checkpoint.sha256,
            },
        )
        files.write_tasks(self.run_dir, snapshot)
        write_atomically(self.run_dir.spec_path, spec.to_json())
        written = json.loads(json.dumps(asdict(spec)))
        Evaluation.objects.filter(pk=evaluation.pk).update(spec=written)

    def method(self) -> str:
        return "predict"

    def gather(self, outcome: Outcome) -> None:
        if outcome.finished:
            ingest(evaluation=self.evaluation, path=self.attempt.predictions, lease=self.lease)

    def over(self, outcome: Outcome) -> None:
        if outcome.finished:
            forget_scores(self.evaluation)  # a scoring that was asked for may have run meanwhile
            transaction.on_commit(lambda: tasks.send_score(self.evaluation.pk))
        elif self.evaluation.checkpoint is not None:
            tell(self.evaluation.checkpoint.run)

    @staticmethod
    def about(ids: Collection[int]) -> dict[int, About]:
        found = Evaluation.objects.with_subject().filter(pk__in=ids)
        return {one.pk: _about(one) for one in found}


def _about(one: Evaluation) -> About:
    """A run's checkpoints wait together, one evaluation each."""
    if one.checkpoint is None:
        return About(one.subject)
    run, step = one.checkpoint.run, one.checkpoint.step
    within = _("step %(step)s") % {"step": step}
    return About(one.subject, f"evaluations-of-run-{run.pk}", str(run), within)
