"""`manage.py healthcheck web|light|device`: exit 0 when that part answers; for containers."""

import urllib.error
import urllib.request
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from instructstudio.celery import app


class Command(BaseCommand):
    help = "Exit 0 when the named part of the studio answers."
    requires_system_checks = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("part", choices=["web", "light", "device"])

    def handle(self, *, part: str, **options: Any) -> None:
        alive = self._web() if part == "web" else self._worker(part)
        if not alive:
            raise CommandError(f"{part} does not answer")
        self.stdout.write("ok")

    def _web(self) -> bool:
        request = urllib.request.Request(
            f"http://127.0.0.1:{settings.PORT}/healthz", headers={"X-Forwarded-Proto": "https"}
        )
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _worker(self, queue: str) -> bool:
        """Whether a worker of this queue on this host answers a ping."""
        import socket

        name = f"{queue}@{socket.gethostname()}"
        return bool(app.control.inspect(destination=[name], timeout=5).ping())
