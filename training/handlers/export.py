"""How the runner works on a job of kind export: `engine export`, then the card beside the files."""

import hashlib
import json
import shutil
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path

from django.conf import settings

from engine.run_dir import write_atomically
from engine.settings import settings_for
from engine.spec import JobSpec
from training.handlers import About, Handler, files
from training.lease import Lease
from training.model_card import model_card
from training.models import Export, Job, Run
from training.runner.outcome import Outcome


class ExportHandler(Handler):
    def __init__(self, job: Job, lease: Lease) -> None:
        super().__init__(job, lease)
        self.export = Export.objects.with_origin().get(pk=job.pk)
        self._bytes = 0

    def prepare(self) -> None:
        export, checkpoint = self.export, self.export.checkpoint
        run = checkpoint.run
        spec = JobSpec(
            method=self.method(),
            model=files.weights_of(run.base_model, checkpoint),
            data={},
            settings=settings_for("export", {"form": export.form, "numbers": export.numbers}),
            versions=files.versions(),
            lineage={
                "export": export.pk,
                "checkpoint": checkpoint.sha256,
                "name": f"{run.project.name}, {checkpoint}",
                "base": base_of(run),
            },
        )
        write_atomically(self.run_dir.spec_path, spec.to_json())
        Export.objects.filter(pk=export.pk).update(spec=json.loads(json.dumps(asdict(spec))))

    def method(self) -> str:
        return "export"

    def gather(self, outcome: Outcome) -> None:
        """Beside the weights come the card and the sums; then all of it moves to its place."""
        if not outcome.finished:
            return
        made = self.attempt.folder / "export"
        card = model_card(
            self.export.checkpoint, form=self.export.form, base=base_of(self.export.checkpoint.run)
        )
        (made / "README.md").write_text(card, encoding="utf-8")
        sums = "".join(f"{_sha256(one)}  {one.name}\n" for one in sorted(made.iterdir()))
        (made / "SHA256SUMS").write_text(sums, encoding="utf-8")
        for one in made.iterdir():
            one.chmod(0o644)  # safetensors makes it private; web and workers may be different users
        self._bytes = sum(one.stat().st_size for one in made.iterdir())
        with self.lease.writing():  # whoever was overtaken must not touch the place
            shutil.rmtree(self.export.folder, ignore_errors=True)
            Path(settings.EXPORTS_ROOT).mkdir(parents=True, exist_ok=True)
            shutil.move(made, self.export.folder)

    def over(self, outcome: Outcome) -> None:
        Export.objects.filter(pk=self.export.pk).update(bytes=self._bytes)

    @staticmethod
    def about(ids: Collection[int]) -> dict[int, About]:
        found = Export.objects.filter(pk__in=ids).select_related("checkpoint__run")
        return {one.pk: About(f"{one.checkpoint}, {one.get_form_display()}") for one in found}


def base_of(run: Run) -> str:
    """What an adapter of this run lies on, by a name that means something elsewhere."""
    if run.parent is None:
        return run.base_model.reference if run.base_model.source == "hub" else run.base_model.name
    return str(run.parent) if run.parent.layout == "full" else base_of(run.parent.run)


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
