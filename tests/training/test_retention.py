"""Retention: the best few and the last keep their files; nothing goes that anything still needs."""

import pytest
from django.core.exceptions import PermissionDenied

from authoring.errors import Conflict
from evaluation.actions.request import ensure
from training import disk, retention
from training.actions import checkpoints, runs
from training.models import Checkpoint, Job

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("no_broker")]

LOSSES = {4: 0.5, 8: 0.1, 12: 0.3, 16: 0.2, 20: 0.9}


@pytest.fixture
def run(launch):
    """Over, with five checkpoints; it keeps two and the last."""
    made = launch()
    for step, loss in LOSSES.items():
        one = Checkpoint.objects.create(
            run=made, step=step, fence=1, path=f"{made.pk}/step-{step}", layout="adapter",
            sha256="a" * 64, bytes=1000, values={"validation/loss": loss},
        )  # fmt: skip
        one.folder.mkdir(parents=True)
    Job.objects.filter(pk=made.pk).update(state="finished")
    made.choose_best()
    type(made).objects.filter(pk=made.pk).update(keep_best=2)
    made.refresh_from_db()
    return made


@pytest.fixture
def thin(django_capture_on_commit_callbacks, run):
    """thin() → steps whose files are there afterwards."""

    def thinned() -> list[int]:
        with django_capture_on_commit_callbacks(execute=True):
            retention.thin()
        kept = {one.step for one in run.checkpoints.kept()}
        assert kept == {one.step for one in run.checkpoints.all() if one.folder.is_dir()}
        return sorted(kept)

    return thinned


def at(run, step: int) -> Checkpoint:
    return run.checkpoints.get(step=step)


def test_the_best_and_the_last_keep_their_files(run, thin):
    assert thin() == [8, 16, 20]
    assert run.checkpoints.count() == 5, "what was measured of the others stays"


def test_nought_keeps_all(run, thin, tao):
    checkpoints.keep(by=tao, run=run, best=0)
    assert thin() == sorted(LOSSES)


def test_a_launch_takes_the_studios_number_unless_it_names_one(settings, launch, tao, run):
    settings.KEEP_BEST = 3
    assert launch().keep_best == 3
    asked = {"by": tao, "project": run.project, "method": "sft", "snapshot": run.snapshot}
    assert runs.launch(base_model=run.base_model, keep_best=1, **asked).keep_best == 1


@pytest.mark.parametrize("state", ["queued", "running", "failed"])
def test_what_an_evaluation_has_yet_to_read_stays(run, thin, tao, state):
    asked = ensure(
        by=tao, snapshot=run.snapshot, split="test", checkpoint=at(run, 4), base_model=None
    )
    Job.objects.filter(pk=asked.evaluation.pk).update(state=state)
    assert thin() == [4, 8, 16, 20]

    Job.objects.filter(pk=asked.evaluation.pk).update(state="finished")
    assert thin() == [8, 16, 20], "its predictions are stored: the weights may go"


@pytest.mark.parametrize("state", ["queued", "paused", "failed", "stopped"])
def test_what_another_run_starts_from_stays_while_that_could_go_on(run, thin, tao, state):
    child = runs.launch(by=tao, project=run.project, method="sft", snapshot=run.snapshot,
                        checkpoint=at(run, 4), evaluate=False)  # fmt: skip
    Job.objects.filter(pk=child.pk).update(state=state)
    assert 4 in thin()

    Job.objects.filter(pk=child.pk).update(state="finished")
    assert 4 not in thin()


def test_the_newest_stays_even_if_it_is_the_worst(run, thin):
    Job.objects.filter(pk=run.pk).update(state="failed")
    assert 20 in thin()


def test_weights_under_adapters_that_are_kept_stay(run, thin, tao):
    Checkpoint.objects.filter(run=run).update(layout="full")
    child = runs.launch(by=tao, project=run.project, method="sft", snapshot=run.snapshot,
                        checkpoint=at(run, 4), evaluate=False)  # fmt: skip
    Job.objects.filter(pk=child.pk).update(state="finished")
    Checkpoint.objects.create(run=child, step=1, fence=1, path="x/1", layout="adapter",
                              sha256="b" * 64, bytes=1)  # fmt: skip
    retention.thin()
    assert at(run, 4).deleted_at is None
    assert at(run, 12).deleted_at is not None


def test_by_hand_what_is_being_measured_is_refused(run, tao):
    ensure(by=tao, snapshot=run.snapshot, split="test", checkpoint=at(run, 4), base_model=None)
    with pytest.raises(Conflict):
        checkpoints.delete(by=tao, checkpoint=at(run, 4))


def test_the_number_is_changed_by_who_may_train(client, run, tao, vera):
    with pytest.raises(PermissionDenied):
        checkpoints.keep(by=vera, run=run, best=1)
    client.force_login(tao)
    assert client.post("/p/letters/runs/1/keep/", {"keep_best": "1"}).status_code == 302
    run.refresh_from_db()
    assert run.keep_best == 1
    path, json = f"/api/v1/runs/{run.pk}/", "application/json"
    assert client.patch(path, {"keep_best": 3}, content_type=json).json()["keep_best"] == 3
    assert client.patch(path, {"keep_best": -1}, content_type=json).status_code == 400
    client.force_login(vera)
    assert client.patch(path, {"keep_best": 3}, content_type=json).status_code == 403


def test_disk_is_told_of_run_and_project(client, run, vera, eve, thin):
    assert disk.of_project(run.project).used == 5000
    thin()
    client.force_login(vera)
    told = client.get("/api/v1/projects/letters/disk/").json()
    assert (told["used"], told["free"] > 0, told["low"]) == (3000, True, False)
    assert client.get(f"/api/v1/runs/{run.pk}/").json()["checkpoint_bytes"] == 3000
    for page in ("runs/", "checkpoints/", "models/"):
        assert "2.9\xa0KB" in client.get(f"/p/letters/{page}").content.decode()
    client.force_login(eve)
    assert client.get("/api/v1/projects/letters/disk/").status_code == 404
