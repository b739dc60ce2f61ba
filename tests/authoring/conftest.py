"""Two tasks in the project `letters`, short ways to a pair in each state, and REST as a person."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from rest_framework.test import APIClient

from authoring.actions import imports, pairs, reviews, tokens
from authoring.import_work import work
from authoring.models import Import, Pair, Project, Task, User

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
