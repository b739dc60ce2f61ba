"""Many evaluations of one run's checkpoints are one line of the queue's page, in their places."""

import pytest

from evaluation.actions.request import ensure
from training.line import lines_for, together
from training.models import Checkpoint, Job

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_broker(tmp_path, settings) -> None:
    """Nothing listens where Redis should."""
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/no.sock"


@pytest.fixture
def waiting(run, snapshot, tao):
    """waiting(n): evaluations of n checkpoints of one run, in line in that order."""

    def ask(count: int) -> list[Job]:
        made = []
        for step in range(1, count + 1):
            checkpoint = Checkpoint.objects.create(
                run=run, step=step, fence=1, path=f"{run.pk}/{step}", layout="full", bytes=1,
                sha256=f"{step:064d}",
            )  # fmt: skip
            made.append(
                ensure(
                    by=tao, snapshot=snapshot, split="test", checkpoint=checkpoint, base_model=None
                ).evaluation
            )
        return made

    return ask


def shape(user) -> list[list[int]]:
    return [[line.place for line in some.lines] for some in together(lines_for(user))]


def test_neighbours_of_one_run_are_together_and_keep_their_places(waiting, run, tao):
    first, *_rest, last = waiting(5)
    Job.objects.exclude(pk__in=[one.pk for one in _rest] + [first.pk, last.pk]).update(
        state="finished"
    )
    assert shape(tao) == [[1, 2, 3, 4, 5]]
    Job.objects.filter(pk=first.pk).update(state="running")
    assert shape(tao) == [[1], [2, 3, 4, 5]]


def test_what_lies_between_is_seen_between(waiting, run, tao):
    jobs = waiting(6)
    Job.objects.exclude(pk__in=[one.pk for one in jobs]).update(state="finished")
    Job.objects.filter(pk=run.pk).update(state="queued", place=Job.objects.get(pk=jobs[3].pk).place)
    Job.objects.filter(pk__in=[one.pk for one in jobs[3:]]).update(priority=-5)
    assert shape(tao) == [[1, 2, 3], [4], [5, 6, 7]]
    assert len({some.id for some in together(lines_for(tao))}) == 3


def test_the_page_folds_them_and_keeps_every_button(waiting, run, tao, client):
    jobs = waiting(4)
    client.force_login(tao)
    page = client.get("/p/letters/runs/queue/").content.decode()
    assert "4 evaluations" in page
    assert page.count('name="to" value="up"') >= 4
    for step in range(1, 5):
        assert f"Step {step}</a>" in page
    told = client.get("/api/v1/queue/").json()
    [group] = {one["group"] for one in told if one["kind"] == "evaluation"}
    only = client.get("/api/v1/queue/", {"group": group}).json()
    assert [one["job"] for one in only] == [one.pk for one in jobs]
