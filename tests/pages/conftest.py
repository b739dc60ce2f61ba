"""Pages as a person's browser gets them, without JavaScript."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from authoring.models import Project, User
from tests.authoring.conftest import (  # noqa: F401
    approve,
    chat,
    intent,
    own_files,
    submit,
    upload,
    write,
)


@pytest.fixture
def browse() -> Callable[[User | None], Client]:
    """browse(ada) → a browser in which she is signed in; browse(None) → a stranger's."""

    def browser(person: User | None) -> Client:
        made = Client()
        if person is not None:
            made.force_login(person)
        return made

    return browser


@pytest.fixture
def at(project: Project) -> Callable[..., str]:
    """at("pair", pk=3) → the address of that page of the project."""

    def address(page: str, **parts: object) -> str:
        return reverse(page, kwargs={"slug": project.slug, **parts})

    return address


@pytest.fixture
def root(db: None) -> User:
    """The studio's owner."""
    return User.objects.create_superuser("root@example.org", name="Root")
