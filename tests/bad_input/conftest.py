"""Each bad thing is done twice, by a person on a page and by a script over REST: both are told what is
wrong and what to do, and neither loses anything."""

import html
import re
from collections.abc import Callable
from typing import NamedTuple

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from authoring.actions import imports
from authoring.models import Import
from engine.settings import options
from tests.authoring.conftest import (  # noqa: F401
    approve,
    chat,
    intent,
    own_files,
    rest,
    submit,
    write,
)
from tests.pages.conftest import browse  # noqa: F401
from tests.training.conftest import home, nano, no_broker, snapshot, task  # noqa: F401

SFT = {"tuning": "full", "learning_rate": 0.001, "epochs": 1, "batch_size": 4}


class Told(NamedTuple):
    status: int
    text: str
    """Everything that was said, as a person reads it."""


def told(answer) -> Told:
    text = re.sub(r"<[^>]+>", " ", html.unescape(answer.content.decode()))
    return Told(answer.status_code, re.sub(r"\s+", " ", text).replace('\\"', '"'))


@pytest.fixture(params=["page", "rest"])
def way(request) -> str:
    return request.param


@pytest.fixture
def bring(way, browse, rest, ada, chat) -> Callable[..., Told]:  # noqa: F811
    """bring("rows.jsonl", data) → what Ada is told of this file: its report, or why it was refused.

    A large one is read as a worker does it."""

    def brought(filename: str, data: bytes) -> Told:
        given = {"file": SimpleUploadedFile(filename, data)}
        if way == "page":
            page = browse(ada)
            made = page.post("/p/letters/imports/new/", given | {"task": chat.pk})
            if made.status_code != 302:
                return told(made)
            _work()
            return told(page.get(made.url))
        client = rest(ada)
        address = "/api/v1/projects/letters/imports/"
        made = client.post(address, given | {"task": "chat"}, format="multipart")
        if made.status_code != 201:
            return told(made)
        _work()
        mine = f"/api/v1/imports/{made.json()['id']}/"
        report, problems = told(client.get(mine)), told(client.get(f"{mine}problems/"))
        return Told(made.status_code, report.text + problems.text)

    return brought


@pytest.fixture
def bring_in(way, browse, rest, ada) -> Callable[[], Told]:  # noqa: F811
    """Import the good rows of the newest file."""

    def committed() -> Told:
        newest = Import.objects.first()
        if way == "page":
            page = browse(ada)
            page.post(f"/p/letters/imports/{newest.pk}/commit/")
            _work()
            return told(page.get(f"/p/letters/imports/{newest.pk}/"))
        client = rest(ada)
        client.post(f"/api/v1/imports/{newest.pk}/commit/")
        _work()
        return told(client.get(f"/api/v1/imports/{newest.pk}/"))

    return committed


def _work() -> None:
    for one in Import.objects.waiting():
        imports.work(dataset_import=one)


@pytest.fixture
def ask(way, browse, rest, tao):  # noqa: F811
    """ask(page, form, path, body) → what Tao is told, on the page or over REST."""

    def asked(page: str, form: dict, path: str, body: dict):
        if way == "page":
            return told(browse(tao).post(f"/p/letters/{page}", form))
        return told(rest(tao).post(f"/api/v1/{path}", body))

    return asked


@pytest.fixture
def launch(ask, home, no_broker, snapshot, nano):  # noqa: F811
    """launch(epochs=0) → what is told of a launch with this changed."""

    def launched(**changed):
        start = changed.pop("start", nano.pk)
        defaults = {one.name: one.default for one in options("sft") if one.default is not False}
        form = {"method": "sft", "start": f"model:{start}", "snapshot": snapshot.pk}
        body = {"method": "sft", "base_model": start, "snapshot": snapshot.pk}
        return ask(
            "runs/new/",
            form | defaults | SFT | changed,
            "projects/letters/runs/",
            body | {"settings": SFT | changed},
        )

    return launched
