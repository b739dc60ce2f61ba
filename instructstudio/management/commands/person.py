"""`manage.py person EMAIL`: make or find a person; a sign-in link or an API token for them."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from authoring.actions import people, tokens
from authoring.models import User
from instructstudio.supervisor import home


class Command(BaseCommand):
    help = (
        "For those who run the studio: let a person in without the page. Prints a link or a token."
    )

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", default="")
        parser.add_argument(
            "--token", metavar="NAME", help="Print a new API token of this name instead of a link."
        )

    def handle(self, *, email: str, name: str, token: str | None, **options: Any) -> None:
        owner = home.owner()
        person = User.objects.filter(email=email.lower()).first()
        person = person or User.objects.create_user(email, name=name)
        if token:
            self.stdout.write(tokens.issue(name=token, by=person)[1])
        else:
            link = people.sign_in_link(user=person, by=owner)
            self.stdout.write(settings.SITE_URL + reverse("link", args=[link]))
