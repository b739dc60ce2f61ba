"""`manage.py restore FILE`: a studio from a backup, into an empty STUDIO_HOME."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from authoring.errors import StudioError
from instructstudio import backup
from instructstudio.supervisor import home


class Command(BaseCommand):
    help = "Unpack a backup into an empty STUDIO_HOME, load its database and migrate it."
    requires_system_checks = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **options: Any) -> None:
        place = Path(settings.STUDIO_HOME)
        try:
            with home.lock(place):
                manifest = backup.read(file, home=place)
                call_command("migrate", interactive=False, verbosity=0)
        except (StudioError, home.HomeInUse) as error:
            raise CommandError(f"{error} {getattr(error, 'remedy', '')}")
        self.stdout.write(f"restored the backup of {manifest['created_at']} into {place}")
