"""The poisoned project, and browsers and REST clients for whoever attacks it."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from authoring.models import Membership, Project, User
from tests.authoring.conftest import chat, own_files, rest, submit, upload, write  # noqa: F401
from tests.security.world import poisoned


@pytest.fixture(autouse=True)
def no_broker(tmp_path, settings) -> None:
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/no.sock"


@pytest.fixture
def world(olga: User) -> dict[str, object]:
    """Olga's poisoned project: noun in an address → id."""
    return poisoned(olga)


@pytest.fixture
def join(world) -> Callable[[User, str], User]:
    """join(vera, "viewer") → Vera, a viewer of the poisoned project."""

    def joined(person: User, role: str) -> User:
        project = Project.objects.get(slug=world["p"])
        Membership.objects.create(project=project, user=person, role=role)
        return person

    return joined


@pytest.fixture
def browse() -> Callable[..., Client]:
    """browse(ada) → a browser in which she is signed in; a page's crash is an answer 500."""

    def browser(person: User | None, **options: object) -> Client:
        made = Client(raise_request_exception=False, **options)
        if person is not None:
            made.force_login(person)
        return made

    return browser


@pytest.fixture
def script(rest) -> Callable[[User | None], APIClient]:  # noqa: F811
    """script(ada) → REST with her bearer token; a crash is an answer 500."""

    def client(person: User | None) -> APIClient:
        made = rest(person)
        made.raise_request_exception = False
        return made

    return client
