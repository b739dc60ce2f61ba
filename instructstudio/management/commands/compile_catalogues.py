"""`manage.py compile_catalogues`: locale/*.po to .mo, without gettext."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from instructstudio.catalogues import compile_catalogues


class Command(BaseCommand):
    help = "Compile the translation catalogues."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        for path in compile_catalogues(settings.BASE_DIR / "locale"):
            self.stdout.write(str(path.relative_to(settings.BASE_DIR)))
