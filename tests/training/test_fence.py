"""A worker that was believed dead and wasn't: everything it still tries to write is refused."""

import json

import pytest

from training.actions import runs
from training.follow import Follower
from training.handlers import handler_for
from training.lease import Fenced, claim
from training.models import Checkpoint, Job, LogChunk, Point
from training.runner import attempt
from training.runner.wishes import Wishes

pytestmark = pytest.mark.database


@pytest.fixture
def overtaken(tao, project, snapshot, nano, no_broker, settings):
    """(lease of the worker that was believed dead, its handler, lease of the one that took over)"""
    run = runs.launch(by=tao, project=project, method="sft", snapshot=snapshot, base_model=nano)
    lease = claim("believed dead")
    handler = handler_for(Job.objects.get(pk=run.pk), lease)
    settings.LEASE_DEAD_AFTER_SECONDS = -1
    heir = claim("heir")
    settings.LEASE_DEAD_AFTER_SECONDS = 45
    return lease, handler, heir


def test_its_heartbeat_does_not_count(overtaken):
    lease, _, heir = overtaken
    Job.objects.update(heartbeat_at=None)

    assert not lease.renew()

    assert Job.objects.get().heartbeat_at is None
    assert heir.renew()


def test_what_its_engine_says_is_not_stored(overtaken):
    lease, handler, _ = overtaken
    folder = handler.attempt.checkpoint(1)
    folder.mkdir(parents=True)
    said = [
        {"kind": "state", "state": "running", "total_steps": 9},
        {"kind": "point", "step": 1, "values": {"train/loss": 1.0}},
        {"kind": "checkpoint", "step": 1, "path": "checkpoints/step-000001", "sha256": "a",
         "bytes": 1, "layout": "full", "values": {}, "final": False},
    ]  # fmt: skip
    handler.attempt.events.write_text("".join(json.dumps(one) + "\n" for one in said))
    follower = Follower(lease, handler)
    follower.note("still here")

    with pytest.raises(Fenced):
        follower.follow()

    assert (Point.objects.count(), Checkpoint.objects.count(), LogChunk.objects.count()) == (
        0,
        0,
        0,
    )
    assert Job.objects.get().state == "starting"


def test_it_passes_no_wishes_on(overtaken):
    lease, handler, _ = overtaken
    wishes = Wishes(lease, handler.run_dir, lambda: False)

    with pytest.raises(Fenced):
        wishes.pass_on()


def test_it_does_not_end_the_job(overtaken):
    lease, _, heir = overtaken

    with pytest.raises(Fenced):
        attempt._carry_out(lease)

    job = Job.objects.get()
    assert (job.state, job.owner, job.fence) == ("starting", "heir", heir.fence)
