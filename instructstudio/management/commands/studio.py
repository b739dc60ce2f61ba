"""`manage.py studio`: the whole studio on this machine, until Ctrl-C."""

import signal
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.urls import reverse

from authoring.actions import people
from instructstudio import broker
from instructstudio.catalogues import compile_catalogues
from instructstudio.supervisor import home
from instructstudio.supervisor.children import children
from instructstudio.supervisor.supervise import Supervisor


class Command(BaseCommand):
    help = "Start broker, scheduler, workers and web server; stop them all with Ctrl-C."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--no-sample", action="store_true", help="Start without the sample project."
        )

    def handle(self, *, no_sample: bool, **options: Any) -> None:
        started = time.monotonic()
        try:
            held = home.lock(Path(settings.STUDIO_HOME))
            home.require_free_port(settings.HOST, settings.PORT)
        except (home.HomeInUse, home.PortInUse) as error:
            raise CommandError(str(error))
        supervisor = Supervisor(
            children(),
            cwd=settings.BASE_DIR,
            logs=Path(settings.STUDIO_HOME) / "logs",
            say=self.say,
        )
        signal.signal(signal.SIGINT, supervisor.stop_soon)
        signal.signal(signal.SIGTERM, supervisor.stop_soon)
        with held:
            compile_catalogues(settings.BASE_DIR / "locale")
            link = self._prepare(no_sample)
            supervisor.start_all()
            try:
                if self._await_ready(supervisor):
                    self.say(f"ready after {time.monotonic() - started:.1f} s")
                    self.stdout.write(
                        f"\n  InstructStudio   {settings.SITE_URL}\n  sign in once     {link}\n\n"
                        "  Ctrl-C stops everything; nothing is lost.\n"
                    )
                    self.stdout.flush()  # into a file or a pipe it would wait for the end
                supervisor.watch()
            finally:
                self.say("stopping")
                supervisor.stop_all()
                self.say("stopped")

    def say(self, message: str) -> None:
        self.stdout.write(f"studio: {message}")
        self.stdout.flush()

    def _prepare(self, no_sample: bool) -> str:
        """Everything before the first process. Returns the owner's sign-in address."""
        home.migrate(self.say)
        home.bundle_models(self.say)
        person = home.owner()
        if not no_sample:
            home.load_sample(self.say, by=person)
        token = people.sign_in_link(user=person, by=person)
        connections.close_all()
        return settings.SITE_URL + reverse("link", args=[token])

    def _await_ready(self, supervisor: Supervisor) -> bool:
        """Wait until web and broker answer, reviving what crashes meanwhile; False when told to stop."""
        address = f"http://{'127.0.0.1' if settings.HOST == '0.0.0.0' else settings.HOST}:{settings.PORT}/readyz"  # noqa: S104
        while not supervisor.stopping:
            supervisor.revive()
            try:
                with urllib.request.urlopen(address, timeout=2) as answer:
                    if answer.status == 200 and broker.answers(settings.REDIS_URL):
                        return True
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.1)
        return False
