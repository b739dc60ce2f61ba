"""A small snapshot, a nano model, and for process tests a studio of real processes."""

import hashlib
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from authoring import announce
from authoring.models import Pair, Project, Revision, Snapshot, SnapshotItem, Task, User
from tests.servers import redis
from tests.servers.sqlite import database_in
from tests.training.studio import PATIENCE, Studio
from training.actions import exports, jobs, runs
from training.models import BaseModel, Checkpoint, Export, Run, Source

EXPORTED = {"README.md": b"# Card\n", "model.safetensors": b"weights" * 60}
QUESTIONS = [
    ("Where is my parcel?", "track"),
    ("Please cancel the order I made this morning.", "cancel"),
    ("I'd like my money back for the broken lamp.", "refund"),
    ("Has it been sent yet?", "track"),
    ("Don't deliver it after all.", "cancel"),
    ("The shoes came in two sizes; I want a refund.", "refund"),
]


@pytest.fixture
def home(tmp_path: Path, settings) -> Path:
    """A STUDIO_HOME of the test's own."""
    settings.STUDIO_HOME = tmp_path
    settings.RUNS_ROOT = tmp_path / "runs"
    settings.MODELS_ROOT = tmp_path / "models"
    settings.DISK_RESERVE = 0
    return tmp_path


@pytest.fixture
def no_broker(home: Path, settings) -> None:
    """Nothing listens where Redis should."""
    settings.CELERY_BROKER_URL = f"redis+socket://{home}/no.sock"


@pytest.fixture
def task(project: Project) -> Task:
    return Task.objects.create(
        project=project,
        slug="intent",
        name="Intent",
        kind="classification",
        labels=["track", "cancel", "refund"],
    )


@pytest.fixture
def snapshot(project: Project, task: Task, ada: User) -> Snapshot:
    """Four rows to train on, one to validate, one to test."""
    splits = ["train"] * 4 + ["validation", "test"]
    made = Snapshot.objects.create(
        project=project,
        number=1,
        content_hash="0" * 64,
        created_by=ada,
        settings={"frozen_tasks": {task.slug: asdict(task.info())}},
        counts={
            name: {"rows": splits.count(name), "tasks": {task.slug: splits.count(name)}}
            for name in set(splits)
        },
    )
    for place, ((question, label), split) in enumerate(zip(QUESTIONS, splits, strict=True)):
        pair = Pair.objects.create(project=project, task=task, author=ada)
        revision = Revision.objects.create(
            pair=pair,
            number=1,
            author=ada,
            turns=[{"role": "user", "content": question}],
            response=label,
        )
        SnapshotItem.objects.create(
            snapshot=made, revision=revision, split=split, group=place, position=place
        )
    return made


@pytest.fixture
def nano(db: None) -> BaseModel:
    return BaseModel.objects.create(
        name="Nano", slug="nano", source=Source.SCRATCH, reference="nano"
    )


@pytest.fixture
def launch(tao, project, snapshot, nano):
    """launch(steps=60) → an SFT run of so many steps, a good hundredth of a second each or more."""

    def launched(steps: int = 4, **settings) -> Run:
        return runs.launch(
            by=tao,
            project=project,
            method="sft",
            snapshot=snapshot,
            base_model=nano,
            settings={"epochs": steps, "batch_size": 4, "threads": 1, **settings},
            evaluate=False,
        )

    return launched


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each test that starts processes."""
    path = tmp_path_factory.mktemp("migrated") / "studio.sqlite3"
    with database_in(path):
        call_command("migrate", interactive=False, verbosity=0)
    return path


@pytest.fixture(autouse=True)
def shared_database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """Where a test starts processes, a database that they see too; yields its DATABASE_URL.

    By itself, so that it is there before anybody of the cast. Such a test is marked
    `django_db(transaction=True)`; on PostgreSQL that is all it takes.
    """
    if "studio" not in request.fixturenames:
        yield None
    elif connection.vendor == "postgresql":
        yield _url(connection.settings_dict)
    else:
        path = request.getfixturevalue("home") / "studio.sqlite3"
        shutil.copyfile(request.getfixturevalue("migrated"), path)
        with database_in(path):
            yield f"sqlite:///{path}"


@pytest.fixture
def studio(shared_database: str, home: Path, settings, monkeypatch) -> Iterator[Studio]:
    for one in ("socket_connect_timeout", "socket_timeout"):
        monkeypatch.setitem(announce.PATIENCE, one, PATIENCE)  # no message of a test's own is lost
    with redis.server() as broker_url:
        settings.CELERY_BROKER_URL = broker_url
        made = Studio(home, broker_url, shared_database)
        try:
            yield made
        finally:
            made.end()
            print(made.logs())  # pytest shows it where the test failed


def _url(config: dict) -> str:
    host = str(config["HOST"]).replace("/", "%2F")
    return f"postgres://{config['USER']}@{host}/{config['NAME']}"


@pytest.fixture
def configured(settings):
    """Nothing answers there, and nobody asks."""
    settings.HUB_ENDPOINT = "https://hub.example.org"
    settings.S3_BUCKET, settings.S3_PREFIX = "ours", "models"


@pytest.fixture
def export(launch, no_broker, home, settings, tao) -> Export:
    """A finished one of a checkpoint that was never trained: what is sent is files."""
    settings.EXPORTS_ROOT = home / "exports"
    run = launch()
    checkpoint = Checkpoint.objects.create(
        run=run, step=4, fence=1, path=f"{run.pk}/step", layout="full", sha256="a" * 64, bytes=1
    )
    checkpoint.folder.mkdir(parents=True)
    made = exports.ask(by=tao, checkpoint=checkpoint, form="merged")
    made.folder.mkdir(parents=True)
    for name, content in EXPORTED.items():
        (made.folder / name).write_bytes(content)
    sums = (f"{hashlib.sha256(EXPORTED[name]).hexdigest()}  {name}\n" for name in EXPORTED)
    (made.folder / "SHA256SUMS").write_text("".join(sums))
    Export.objects.filter(pk=made.pk).update(state="finished", finished_at=timezone.now())
    jobs.stop(by=tao, job=run)
    made.refresh_from_db()
    return made
