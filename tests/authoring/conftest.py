"""Two tasks in the project `letters`, short ways to a pair in each state, and REST as a person."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from rest_framework.test import APIClient

from authoring.actions import imports, pairs, reviews, tokens
from authoring.import_work import work
from authoring.models import Import, Pair, Project, Task, User
from tests.servers.sqlite import database_in

LABELS = ["book", "cancel", "refund"]


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def chat(project: Project) -> Task:
    """Anything goes."""
    return Task.objects.create(project=project, slug="chat", name="Chat", kind="chat")


@pytest.fixture
def intent(project: Project) -> Task:
    """Three labels; a pair is an input under the task's instruction."""
    return Task.objects.create(
        project=project,
        slug="intent",
        name="Intent",
        kind="classification",
        labels=LABELS,
        instruction="What does the customer want? Answer with one label.",
        position=1,
    )


@pytest.fixture
def write(ada: User, chat: Task) -> Callable[..., Pair]:
    """write("Say hello", "Hello!") → a draft of Ada's."""

    def written(instruction: str, response: str = "", *, task=None, by=None, **content: Any):
        content = {"instruction": instruction, "response": response, **content}
        return pairs.write(task=task or chat, content=content, by=by or ada).pair

    return written


@pytest.fixture
def submit(write) -> Callable[..., Pair]:
    """submit("Say hello", "Hello!") → the same, awaiting review."""

    def submitted(instruction: str, response: str = "Yes.", **more: Any) -> Pair:
        pair = write(instruction, response, **more)
        return pairs.submit(pair=pair, by=pair.author)

    return submitted


@pytest.fixture
def approve(submit, rui: User) -> Callable[..., Pair]:
    """approve("Say hello", "Hello!") → the same, approved by Rui."""

    def approved(instruction: str, response: str = "Yes.", **more: Any) -> Pair:
        pair = submit(instruction, response, **more)
        return reviews.judge(revision=pair.head, verdict="approve", by=rui).pair

    return approved


@pytest.fixture
def upload(project: Project, chat: Task, ada: User) -> Callable[..., Import]:
    """upload("rows.jsonl", text or bytes) → Ada's import, checked. Large ones as a worker does it."""

    def uploaded(filename: str, data: str | bytes, *, task=None, by=None, **options: Any):
        data = data.encode() if isinstance(data, str) else data
        made = imports.upload(
            project=project,
            task=task or chat,
            file=ContentFile(data, name=filename),
            by=by or ada,
            **options,
        )
        return worked(made)

    return uploaded


def worked(dataset_import: Import) -> Import:
    """As it is after the light worker looked at it."""
    work(dataset_import=dataset_import)
    dataset_import.refresh_from_db()
    return dataset_import


@pytest.fixture
def rest(settings) -> Callable[[User | None], APIClient]:
    """rest(ada) → a client with a bearer token of hers."""
    settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["user"] = "100000/min"

    def client(person: User | None) -> APIClient:
        made = APIClient()
        if person is not None:
            _token, plain = tokens.issue(name="tests", by=person)
            made.credentials(HTTP_AUTHORIZATION=f"Bearer {plain}")
        return made

    return client


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Path:
    """A migrated SQLite file, copied for each test that needs a database in a file."""
    path = tmp_path_factory.mktemp("migrated") / "studio.sqlite3"
    with django_db_blocker.unblock(), database_in(path):
        call_command("migrate", interactive=False, verbosity=0)
    return path


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database that other threads and processes see too: PostgreSQL as it is, SQLite in a file.

    For tests marked `django_db(transaction=True)` and `usefixtures("database_url")`, so that it is
    there before anybody of the cast.
    """
    if connection.vendor == "postgresql":
        config = connection.settings_dict
        host = str(config["HOST"]).replace("/", "%2F")
        yield f"postgres://{config['USER']}@{host}/{config['NAME']}"
        return
    path = shutil.copy(request.getfixturevalue("migrated"), tmp_path / "studio.sqlite3")
    with database_in(path):
        yield f"sqlite:///{path}"
