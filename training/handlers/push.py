"""How the runner works on a job of kind push: `engine push`, with the secrets that only it is given."""

from django.conf import settings

from authoring.errors import Unavailable
from authoring.words import words as _
from engine.run_dir import write_atomically
from engine.settings import settings_for
from engine.spec import JobSpec, ModelRef
from training import destinations
from training.handlers import Event, Handler
from training.lease import Lease
from training.models import Job, Push


class PushHandler(Handler):
    def __init__(self, job: Job, lease: Lease) -> None:
        super().__init__(job, lease)
        self.push = Push.objects.with_origin().get(pk=job.pk)

    def prepare(self) -> None:
        push, export = self.push, self.push.exported
        if export is None or not export.folder.is_dir():
            raise Unavailable(
                _("The export's files are not there any more."),
                _("Export the checkpoint again, then push that export."),
            )
        there = destinations.configured().get(push.destination)
        if there is None or (there.target(push.name), there.service) != (push.target, push.service):
            raise Unavailable(
                _("This worker knows no %(target)s.", target=push.target),
                _("Set the destination for web and light worker alike, then push anew."),
            )
        asked = {"destination": push.destination, "name": push.name, "public": push.public}
        spec = JobSpec(
            method=self.method(),
            model=ModelRef("folder", path=str(export.folder)),
            data={},
            settings=settings_for("push", asked | destinations.engine_settings(push.destination)),
            lineage={
                "push": push.pk,
                "export": export.pk,
                "checkpoint": push.checkpoint.sha256,
                "name": f"{push.project.name}, {push.checkpoint}",
            },
        )
        write_atomically(self.run_dir.spec_path, spec.to_json())

    def method(self) -> str:
        return "push"

    def environment(self) -> dict[str, str]:
        return settings.PUSH_ENVIRONMENT

    def ingest(self, events: list[Event]) -> None:
        for event in events:
            if event["kind"] == "pushed":
                Push.objects.filter(pk=self.push.pk).update(
                    url=event["url"][:700],
                    revision=event["revision"][:64],
                    is_open=event.get("open"),
                )
