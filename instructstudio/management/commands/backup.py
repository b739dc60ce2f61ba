"""`manage.py backup`: the whole studio in one file, while it runs."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from authoring.errors import StudioError
from instructstudio import backup


class Command(BaseCommand):
    help = "Write database, files, keys and run directories to one .tar.gz; safe while jobs run."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--to", type=Path, help="File to write; default STUDIO_HOME/backups/<time>.tar.gz."
        )
        parser.add_argument("--without-checkpoints", action="store_true", help="Leave weights out.")
        parser.add_argument("--reason", default="by-hand")

    def handle(
        self, *, to: Path | None, without_checkpoints: bool, reason: str, **options: Any
    ) -> None:
        stamp = timezone.now().strftime("%Y%m%dT%H%M%S%f")
        target = to or Path(settings.BACKUPS_ROOT) / f"{stamp}-{reason}.tar.gz"
        try:
            backup.write(target, reason=reason, checkpoints=not without_checkpoints)
        except StudioError as error:
            raise CommandError(f"{error.message} {error.remedy}")
        self.stdout.write(f"{target} ({target.stat().st_size:,} bytes)")
