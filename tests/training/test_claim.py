"""The queue: who gets which job, in what order, and that nobody shares one."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.db.models.functions import Now

from authoring.actions import projects
from training.lease import claim, new_owner
from training.models import Job, Kind, Queue
from training.states import JobState

pytestmark = pytest.mark.database


@pytest.fixture
def queued(project, tao):
    """queued(3) → three jobs, in the order in which they were queued."""

    def made(count: int = 1, kind: str = Kind.RUN, **fields) -> list[Job]:
        return [
            Job.objects.create(kind=kind, project=project, created_by=tao, **fields)
            for _ in range(count)
        ]

    return made


def test_jobs_are_claimed_in_the_order_they_were_queued(queued):
    jobs = queued(3)

    assert [claim("w").job_id for _ in jobs] == [job.pk for job in jobs]
    assert claim("w") is None


def test_a_higher_priority_goes_first(queued):
    [usual] = queued()
    [urgent] = queued(priority=1)

    assert [claim("w").job_id, claim("w").job_id] == [urgent.pk, usual.pk]


def test_a_job_that_was_queued_again_goes_to_the_end(queued):
    first, second = queued(2, place="2000-01-01T00:00:00Z")
    Job.objects.filter(pk=first.pk).update(place=Now())

    assert claim("w").job_id == second.pk


def test_jobs_ahead_counts_what_is_claimed_sooner(queued):
    jobs = queued(2)
    [urgent] = queued(priority=1)

    assert [job.jobs_ahead() for job in (urgent, *jobs)] == [0, 1, 2]


@pytest.mark.parametrize("state", sorted(set(JobState.values) - {"queued"}))
def test_only_queued_jobs_are_claimed_while_leases_live(queued, state):
    queued(state=state, heartbeat_at=Now())

    assert claim("w") is None


def test_a_claim_starts_the_next_attempt(queued):
    [job] = queued(checkpoint_requests=2, events_offset=99, log_offset=99)

    lease = claim("somebody")

    job.refresh_from_db()
    assert (job.state, job.owner, job.fence) == (JobState.STARTING, "somebody", 1)
    assert (lease.job_id, lease.owner, lease.fence) == (job.pk, "somebody", 1)
    assert job.heartbeat_at is not None
    assert job.started_at is not None
    assert (job.checkpoint_requests, job.events_offset, job.log_offset) == (0, 0, 0)


@pytest.mark.parametrize("state", ["starting", "running"])
def test_a_job_whose_heart_stopped_is_taken_over_under_the_next_fence(queued, state, settings):
    [job] = queued()
    dead = claim("dead")
    Job.objects.filter(pk=job.pk).update(state=state)
    settings.LEASE_DEAD_AFTER_SECONDS = -1  # every heartbeat is too old

    heir = claim("heir")

    job.refresh_from_db()
    assert (heir.fence, job.owner, job.takeovers) == (dead.fence + 1, "heir", 1)
    assert not dead.row().exists()


def test_a_lease_that_was_renewed_is_not_taken_over(queued):
    [job] = queued()
    lease = claim("w")
    Job.objects.filter(pk=job.pk).update(heartbeat_at="2000-01-01T00:00:00Z")

    assert lease.renew()

    assert claim("other") is None


def test_takeovers_are_forgotten_when_the_job_was_queued_in_between(queued):
    [job] = queued(takeovers=2)

    claim("w")

    job.refresh_from_db()
    assert job.takeovers == 0


@pytest.mark.django_db(transaction=True)
def test_workers_that_claim_at_the_same_moment_get_different_jobs(studio, queued):
    jobs = queued(6)
    together = Barrier(4)

    def grab(_: int) -> list[int]:
        together.wait()
        mine = []
        while lease := claim(new_owner()):
            mine.append(lease.job_id)
        connections.close_all()
        return mine

    with ThreadPoolExecutor(4) as workers:
        grabbed = [job for mine in workers.map(grab, range(4)) for job in mine]

    assert sorted(grabbed) == [job.pk for job in jobs]
    assert set(Job.objects.values_list("fence", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_light_workers_that_claim_at_the_same_moment_get_one_job_between_them(studio, queued):
    first, *_others = queued(6, kind=Kind.PUSH)
    together = Barrier(4)

    def grab(_: int) -> int | None:
        together.wait()
        lease = claim(new_owner(), queue=Queue.LIGHT)
        connections.close_all()
        return lease and lease.job_id

    with ThreadPoolExecutor(4) as workers:
        grabbed = [job for job in workers.map(grab, range(4)) if job]

    assert grabbed == [first.pk]


def test_a_deleted_projects_jobs_wait_until_it_is_back(queued, project, olga):
    [waiting] = queued()
    projects.delete(project=project, by=olga)
    assert claim("w") is None
    assert list(Job.objects.in_line()) == []
    projects.restore(project=project, by=olga)
    assert claim("w").job_id == waiting.pk


def test_an_abandoned_job_of_a_deleted_project_is_taken_over_by_nobody(queued, project, olga):
    queued()
    claim("w")
    Job.objects.update(heartbeat_at=None)
    projects.delete(project=project, by=olga)
    assert claim("other") is None
