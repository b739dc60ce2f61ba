"""`manage.py load_sample`: the sample project."""

from typing import Any

from django.core.management.base import BaseCommand

from authoring.actions import sample
from authoring.models import User
from instructstudio.supervisor import home


class Command(BaseCommand):
    help = "Load the sample project, owned by the studio's owner or by --owner."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--owner", metavar="EMAIL")

    def handle(self, *, owner: str | None, **options: Any) -> None:
        person = User.objects.get(email=owner) if owner else home.owner()
        project = sample.load(by=person)
        self.stdout.write(f"loaded {project.name}: {project.pairs.count()} pairs")
