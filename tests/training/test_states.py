"""The table of states, walked whole: every deed in every state, in the table and in the actions."""

import pytest

from training.actions import jobs, runs
from training.lease import claim
from training.models import Job
from training.states import JOB, LIVE, JobState, NotAllowed, Want, after

EVERY_WAY = [(deed, state) for deed in JOB for state in JobState.values]


@pytest.mark.parametrize(("deed", "state"), EVERY_WAY)
def test_a_deed_leads_where_the_table_says_or_nowhere(deed, state):
    if state in JOB[deed].sources:
        assert after(JOB, deed, state) == JOB[deed].target
    else:
        with pytest.raises(NotAllowed) as refused:
            after(JOB, deed, state)
        assert (refused.value.deed, refused.value.state) == (deed, state)


def test_no_state_is_a_dead_end_and_only_measuring_again_leads_out_of_the_end():
    ways_out = {source for way in JOB.values() for source in way.sources}

    assert set(JobState.values) == ways_out
    assert [deed for deed, way in JOB.items() if JobState.FINISHED in way.sources] == ["again"]


def test_every_state_can_be_reached_from_queued():
    reached = {"queued"}
    while more := {way.target for way in JOB.values() if way.sources & reached} - reached:
        reached |= more

    assert reached == set(JobState.values)


@pytest.fixture
def run(tao, project, snapshot, nano, no_broker):
    return runs.launch(by=tao, project=project, method="sft", snapshot=snapshot, base_model=nano)


def put(run, state: str, *, held: bool = True) -> None:
    """Bring a run into a state as its worker would have, the lease alive or dead."""
    if state in LIVE:
        claim("worker")
        Job.objects.filter(pk=run.pk).update(state=state)
        if not held:
            Job.objects.filter(pk=run.pk).update(heartbeat_at=None)
    else:
        Job.objects.filter(pk=run.pk).update(state=state)
    run.refresh_from_db()


@pytest.mark.database
@pytest.mark.parametrize("want", [Want.STOP, Want.PAUSE])
@pytest.mark.parametrize("state", JobState.values)
def test_stop_and_pause_in_every_state(run, tao, state, want):
    put(run, state)

    if state not in JOB[want].sources:
        with pytest.raises(NotAllowed):
            jobs.ask(by=tao, job=run, want=want)
        return
    jobs.ask(by=tao, job=run, want=want)

    run.refresh_from_db()
    if state in LIVE:
        assert (run.state, run.wants) == (state, want), "its worker is asked"
    else:
        assert run.state == JOB[want].target, "nobody holds it, so it changes at once"


@pytest.mark.database
@pytest.mark.parametrize("state", sorted(LIVE))
def test_a_job_whose_worker_is_gone_stops_at_once_and_locks_that_worker_out(run, tao, state):
    put(run, state, held=False)

    jobs.stop(by=tao, job=run)

    run.refresh_from_db()
    assert (run.state, run.owner, run.fence) == (JobState.STOPPED, "", 2)
    assert run.finished_at is not None


@pytest.mark.database
@pytest.mark.parametrize("state", JobState.values)
def test_run_again_in_every_state(run, tao, state):
    put(run, state)

    if state == JobState.FINISHED:
        with pytest.raises(NotAllowed):
            jobs.ask(by=tao, job=run, want=Want.RUN)
        return
    jobs.ask(by=tao, job=run, want=Want.RUN)

    run.refresh_from_db()
    stays = state in {*LIVE, JobState.WAITING}
    assert run.state == (state if stays else JobState.QUEUED)


@pytest.mark.database
def test_a_pause_that_has_not_happened_yet_can_be_taken_back(run, tao):
    put(run, "running")
    jobs.pause(by=tao, job=run)

    jobs.resume(by=tao, job=run)

    run.refresh_from_db()
    assert (run.state, run.wants) == ("running", Want.RUN)


@pytest.mark.database
def test_retry_forgets_the_failure_and_goes_to_the_end_of_the_queue(
    run, tao, project, snapshot, nano
):
    put(run, "failed")
    Job.objects.filter(pk=run.pk).update(failure={"type": "disk"}, takeovers=3)
    other = runs.launch(by=tao, project=project, method="sft", snapshot=snapshot, base_model=nano)
    Job.objects.update(place="2000-01-01T00:00:00Z")

    jobs.retry(by=tao, job=run)

    run.refresh_from_db()
    assert (run.failure, run.takeovers, run.finished_at) == (None, 0, None)
    assert list(Job.objects.claimable().filter(kind="run").values_list("pk", flat=True)) == [
        other.pk,
        run.pk,
    ]


@pytest.mark.database
@pytest.mark.parametrize("state", JobState.values)
def test_a_checkpoint_is_asked_of_a_live_run_only(run, tao, state):
    put(run, state)

    if state in LIVE:
        jobs.checkpoint_now(by=tao, job=run)
        run.refresh_from_db()
        assert run.checkpoint_requests == 1
    else:
        with pytest.raises(NotAllowed):
            jobs.checkpoint_now(by=tao, job=run)
