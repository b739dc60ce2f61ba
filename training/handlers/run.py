"""A training run: its files, and its points, samples and checkpoints."""

import json
from collections import Counter
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from authoring.models import Revision, Split
from engine.run_dir import write_atomically
from engine.settings import TrainSettings
from engine.spec import JobSpec
from training import forecasts
from training.handlers import Event, Handler, files
from training.handlers.clean import clean, number
from training.lease import Lease
from training.models import Checkpoint, Job, Point, Run, Sample
from training.runner.outcome import Outcome
from training.watchers import tell

SAID = frozenset({"at", "kind"})
"""What an event has beside what it says."""


class RunHandler(Handler):
    def __init__(self, job: Job, lease: Lease) -> None:
        super().__init__(job, lease)
        self.run = Run.objects.select_related(
            "base_model", "snapshot__project", "parent__run__base_model"
        ).get(pk=job.pk)
        self._samples: Counter[int] = Counter()
        """Samples seen at each step of this attempt: the position of the next."""

    def prepare(self) -> None:
        run, snapshot = self.run, self.run.snapshot
        splits = (Split.TRAIN, Split.VALIDATION)
        spec = JobSpec(
            method=run.method,
            model=files.weights_of(run.base_model, run.parent),
            data={
                str(split): files.write_split(self.run_dir, snapshot, split)
                for split in splits
                if snapshot.rows(split)
            },
            settings=run.engine_settings(),
            versions=files.versions(),
            lineage={
                "run": run.pk,
                "project": snapshot.project.slug,
                "snapshot": snapshot.number,
                "snapshot_hash": snapshot.content_hash,
                "base_model": run.base_model.slug,
                "parent_checkpoint": run.parent and run.parent.sha256,
                **import_string(settings.RUN_LINEAGE)(run=run),
            },
        )
        files.write_tasks(self.run_dir, snapshot)
        write_atomically(self.run_dir.spec_path, spec.to_json())
        Run.objects.filter(pk=run.pk).update(spec=json.loads(json.dumps(asdict(spec))))
        if self.lease.fence == 1:
            forecasts.write(run)

    def method(self) -> str:
        return self.run.method

    def processes(self) -> int:
        settings = self.run.engine_settings()
        assert isinstance(settings, TrainSettings)
        return 1 if settings.device == "cpu" and not settings.processes else settings.processes

    def resume_from(self) -> Path | None:
        """The newest checkpoint whose folder is still there."""
        kept = self.run.checkpoints.kept().newest_first()
        return next((one.folder for one in kept if one.folder.is_dir()), None)

    def ingest(self, events: list[Event]) -> None:
        self._store_points([event for event in events if event["kind"] == "point"])
        self._store_samples([event for event in events if event["kind"] == "sample"])
        for event in events:
            match event["kind"]:
                case "checkpoint":
                    self._register(event)
                case "machine":
                    said = {name: clean(one) for name, one in event.items() if name not in SAID}
                    Run.objects.filter(pk=self.run.pk).update(machine=said)

    def over(self, outcome: Outcome) -> None:
        self.run.choose_best()
        if outcome.finished and self.lease.fence == 1:
            forecasts.learn(self.run)
        tell(self.run)

    def _store_points(self, events: list[Event]) -> None:
        latest = {
            (name, event["step"]): number(value)
            for event in events
            for name, value in event["values"].items()
        }
        points = [
            Point(run=self.run, name=name, step=step, value=value, fence=self.lease.fence)
            for (name, step), value in latest.items()
        ]
        Point.objects.bulk_create(
            points,
            update_conflicts=True,
            unique_fields=["run", "name", "step"],
            update_fields=["value", "fence"],
        )

    def _store_samples(self, events: list[Event]) -> None:
        known = set(
            Revision.objects.filter(pk__in=[event.get("record") for event in events]).values_list(
                "pk", flat=True
            )
        )
        seen, samples = Counter(self._samples), []
        for event in events:
            samples.append(self._sample(event, seen[event["step"]], known))
            seen[event["step"]] += 1
        transaction.on_commit(partial(setattr, self, "_samples", seen))
        Sample.objects.bulk_create(
            samples,
            update_conflicts=True,
            unique_fields=["run", "step", "position"],
            update_fields=["revision", "prompt", "output", "reference", "score", "values"],
        )

    def _sample(self, event: Event, position: int, known: set[int]) -> Sample:
        named = {"at", "kind", "step", "record", "prompt", "output", "reference", "score"}
        return Sample(
            run=self.run,
            step=event["step"],
            position=position,
            revision_id=event["record"] if event.get("record") in known else None,
            prompt=clean(event["prompt"]),
            output=clean(event["output"]),
            reference=clean(event.get("reference", "")),
            score=number(event.get("score")),
            values=clean({name: value for name, value in event.items() if name not in named}),
        )

    def _register(self, event: Event) -> None:
        """Only now does the checkpoint exist; with it, in one transaction, its evaluation."""
        folder = self.attempt.folder / event["path"]
        if not (folder.is_dir() and event["sha256"]):
            return
        values: dict[str, Any] = {
            "path": str(folder.relative_to(settings.RUNS_ROOT)),
            "fence": self.lease.fence,
            "layout": event["layout"],
            "sha256": event["sha256"],
            "bytes": event["bytes"],
            "values": clean(event["values"]),
            "final": event["final"],
            "deleted_at": None,
        }
        checkpoint, _new = Checkpoint.objects.update_or_create(
            run=self.run, step=event["step"], defaults=values
        )
        self.lease.row().update(takeovers=0)
        self.run.choose_best()
        tell(self.run)
        if self.run.evaluate and settings.AUTOMATIC_EVALUATION:
            import_string(settings.AUTOMATIC_EVALUATION)(run=self.run, checkpoint=checkpoint)
