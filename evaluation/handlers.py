"""How the runner works on a job of kind evaluation: one split through `engine predict`."""

import json
from collections.abc import Collection
from dataclasses import asdict

from django.db import transaction

from engine.run_dir import write_atomically
from engine.spec import JobSpec
from evaluation import tasks
from evaluation.ingest import ingest
from evaluation.models import Evaluation
from training.handlers import Handler, files
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
            transaction.on_commit(lambda: tasks.send_score(self.evaluation.pk))
        elif self.evaluation.checkpoint is not None:
            tell(self.evaluation.checkpoint.run)

    @staticmethod
    def about(ids: Collection[int]) -> dict[int, str]:
        found = Evaluation.objects.with_subject().filter(pk__in=ids)
        return {one.pk: one.subject for one in found}
