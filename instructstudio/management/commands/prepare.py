"""`manage.py prepare`: migrate (after a backup), prepare the bundled model, print the owner's link."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from authoring.actions import people
from instructstudio.catalogues import compile_catalogues
from instructstudio.supervisor import home


class Command(BaseCommand):
    help = "Make a studio ready without starting it: for Docker and for upgrades."
    requires_system_checks = []

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--sample", action="store_true", help="Load the sample project into an empty studio."
        )

    def handle(self, *, sample: bool, **options: Any) -> None:
        compile_catalogues(settings.BASE_DIR / "locale")
        home.migrate(self.stdout.write)
        home.bundle_models(self.stdout.write)
        person = home.owner()
        if sample:
            home.load_sample(self.stdout.write, by=person)
        token = people.sign_in_link(user=person, by=person)
        self.stdout.write(f"sign in once: {settings.SITE_URL}{reverse('link', args=[token])}")
