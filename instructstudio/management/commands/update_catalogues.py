"""`manage.py update_catalogues`: what the source says, into locale/*.po."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from instructstudio.catalogues import update


class Command(BaseCommand):
    help = "Merge the texts of the source into the translation catalogues."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        for path, missing in update(settings.BASE_DIR):
            self.stdout.write(f"{path.relative_to(settings.BASE_DIR)}: {missing} untranslated")
