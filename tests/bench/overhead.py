"""What events, control and the lease cost, beside a step of a small model.

The engine's part is paid once a step: a look at the control file, the point, the progress. The
worker's is paid once a second, whatever the steps take: following, wishes, gauges, and a heartbeat every
tenth. Both in processor seconds; the step is the smallest that anybody would wait for, of 16 TREC
questions through 17 million weights from nothing.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings as studio
from django.test.utils import get_runner, override_settings

from authoring.models import Membership, Pair, Project, Revision, Snapshot, SnapshotItem, Task, User
from authoring.permissions import Role
from engine.clock import Clock
from engine.job import Job
from engine.loop import wanted
from engine.spec import ModelRef
from tests.bench.sft_vs_trl import BATCH, scratch_17m, trec
from tests.engine.runs import write_run
from training.actions import runs
from training.follow import Follower
from training.handlers import handler_for
from training.lease import claim, new_owner
from training.models import BaseModel, Source
from training.models import Job as QueuedJob
from training.runner.gauges import Gauges
from training.runner.wishes import Wishes

STEPS = 3000
SECONDS = 60
"""Of a worker's, one after the other without waiting."""
A_SECOND = 2
"""Steps that a second of events holds."""
VALUES = dict.fromkeys(
    (
        "train/loss",
        "train/learning_rate",
        "train/grad_norm",
        "train/tokens_per_second",
        "train/tokens",
        "system/memory_bytes",
        "train/epoch",
    ),
    1.2345678901234567,
)


def measure() -> Iterator[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        step = a_step(Path(folder) / "step")
        engine = engine_part(Path(folder) / "engine")
        worker = worker_part(Path(folder) / "home")
    share = engine / step + worker
    yield {
        "engine_us_a_step": round(engine * 1e6, 1),
        "worker_ms_a_second": round(worker * 1e3, 2),
        "step_s": round(step, 3),
        "share_of_a_step": round(share, 5),
        "under_1_percent": share < 0.01,
    }


def a_step(root: Path) -> float:
    """Processor seconds of a training step, the quickest of eight."""
    from engine.dataset import examples_of
    from engine.learner import Learner
    from engine.objectives.sft import SFT
    from engine.start import start

    pairs = trec()[0][: 8 * BATCH]
    model = ModelRef("folder", path=str(scratch_17m(root, pairs)))
    settings = {"tuning": "full", "batch_size": BATCH, "epochs": 1.0}
    job = Job.open(write_run(root / "run", "sft", model, {"train": pairs}, **settings).root, 1)
    loaded, _ = start(job, pairs)
    objective = SFT(job, loaded, examples_of(job, loaded.formatter, pairs))
    learner = Learner(job, loaded, total=objective.total_steps, every=objective.total_steps)
    return min(
        timed(lambda at=at: learner.step(objective, at)) for at in range(objective.total_steps)
    )


def engine_part(root: Path) -> float:
    """Processor seconds that `engine.loop` spends in a step on saying and asking."""
    job = Job.open(write_run(root, "sft", ModelRef("scratch", preset="nano"), {}).root, 1)
    clock = Clock(0, STEPS)

    def say_all() -> None:
        for step in range(1, STEPS + 1):
            wanted(job)
            job.point(step, VALUES)
            if clock.due(step):
                job.events.say("progress", **clock.progress())

    return timed(say_all) / STEPS


def worker_part(home: Path) -> float:
    """Processor seconds that a worker spends in a second of a run, the database's included where
    it is SQLite."""
    home.mkdir()
    runner = get_runner(studio)(verbosity=0, interactive=False)
    with override_settings(
        DEBUG=False, STUDIO_HOME=home, RUNS_ROOT=home / "runs", MODELS_ROOT=home / "models",
        CELERY_BROKER_URL=f"redis+socket://{home}/no.sock",
    ):  # fmt: skip
        old = runner.setup_databases()
        try:
            return followed()
        finally:
            runner.teardown_databases(old)


def followed() -> float:
    run_id = launched()
    lease = claim(new_owner())
    assert lease is not None
    handler = handler_for(QueuedJob.objects.get(pk=run_id), lease)
    handler.prepare()
    follower, wishes = Follower(lease, handler), Wishes(lease, handler.run_dir, lambda: False)
    gauges = Gauges(os.getpid(), "")
    said = Job.open(handler.run_dir.root, lease.fence)
    said.events.say("state", state="running", total_steps=SECONDS * A_SECOND)
    seconds = 0.0
    for second in range(SECONDS):
        for step in range(second * A_SECOND, (second + 1) * A_SECOND):
            said.point(step + 1, VALUES)
            progress = {"step": step + 1, "total_steps": SECONDS * A_SECOND, "seconds_left": 9.0}
            said.events.say("progress", **progress)

        def look(beats: bool = second % 10 == 0) -> None:
            if beats:
                lease.renew()
            follower.gauge(gauges.look())
            follower.follow()
            wishes.pass_on()

        seconds += timed(look)
    return seconds / SECONDS


def launched() -> int:
    """A queued run of a snapshot of one pair."""
    person = User.objects.create_user("bench@example.org")
    project = Project.objects.create(name="Bench", slug="bench", created_by=person)
    Membership.objects.create(project=project, user=person, role=Role.OWNER)
    task = Task.objects.create(project=project, slug="t", name="T", kind="free")
    pair = Pair.objects.create(project=project, task=task, author=person)
    turns = [{"role": "user", "content": "Where is my parcel?"}]
    revision = Revision.objects.create(
        pair=pair, number=1, author=person, turns=turns, response="On its way."
    )
    snapshot = Snapshot.objects.create(
        project=project,
        number=1,
        content_hash="0" * 64,
        created_by=person,
        settings={"frozen_tasks": {task.slug: asdict(task.info())}},
        counts={"train": {"rows": 1, "tasks": {task.slug: 1}}},
    )
    SnapshotItem.objects.create(
        snapshot=snapshot, revision=revision, split="train", group=0, position=0
    )
    nano = BaseModel.objects.create(
        name="Nano", slug="nano", source=Source.SCRATCH, reference="nano"
    )
    return runs.launch(
        by=person, project=project, method="sft", snapshot=snapshot, base_model=nano, evaluate=False
    ).pk


def timed(deed: Callable[[], object]) -> float:
    began = time.process_time()
    deed()
    return time.process_time() - began
