"""The people of the tests. Each has one role in the project `letters`; Eve has none anywhere.

Olga owns it, Ada writes, Rui reviews, Tao trains, Vera looks. A test names them as fixtures.
"""

import pytest

from authoring.models import Membership, Project, User
from authoring.permissions import Role


def person(name: str, **fields: object) -> User:
    """Without a password, since hashing one takes longer than most tests: `client.force_login`."""
    return User.objects.create_user(f"{name.lower()}@example.org", name=name, **fields)


def member(name: str, project: Project, role: str) -> User:
    someone = person(name)
    Membership.objects.create(project=project, user=someone, role=role)
    return someone


@pytest.fixture
def olga(db: None) -> User:
    """Owner of the project, not of the studio."""
    return person("Olga")


@pytest.fixture
def project(olga: User) -> Project:
    made = Project.objects.create(name="Letters", slug="letters", created_by=olga)
    Membership.objects.create(project=made, user=olga, role=Role.OWNER)
    return made


@pytest.fixture
def ada(project: Project) -> User:
    return member("Ada", project, Role.AUTHOR)


@pytest.fixture
def rui(project: Project) -> User:
    return member("Rui", project, Role.REVIEWER)


@pytest.fixture
def tao(project: Project) -> User:
    return member("Tao", project, Role.TRAINER)


@pytest.fixture
def vera(project: Project) -> User:
    return member("Vera", project, Role.VIEWER)


@pytest.fixture
def eve(db: None) -> User:
    """An account, and access to nothing."""
    return person("Eve")
