"""The order of the queue: what people see of it, and who may change it."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from authoring.models import Membership, Project
from training.actions import line
from training.actions.line import Priority
from training.lease import claim
from training.line import lines_for
from training.models import Job, Run
from training.states import NotAllowed

pytestmark = [pytest.mark.database, pytest.mark.usefixtures("no_broker")]


@pytest.fixture
def elsewhere(olga) -> Project:
    """A project that none of the cast is in but Olga."""
    made = Project.objects.create(name="Elsewhere", slug="elsewhere", created_by=olga)
    Membership.objects.create(project=made, user=olga, role="owner")
    return made


def order() -> list[int]:
    """Numbers of the waiting runs, in the order in which workers take them."""
    return [Run.objects.get(pk=job.pk).number for job in Job.objects.in_line()]


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("up", [1, 3, 2, 4]),
        ("down", [1, 2, 4, 3]),
        ("front", [3, 1, 2, 4]),
        ("back", [1, 2, 4, 3]),
    ],
)
def test_a_run_is_moved_and_workers_take_them_in_the_new_order(launch, tao, to, expected):
    runs = [launch() for _ in range(4)]

    line.move(by=tao, job=runs[2], to=to)

    assert order() == expected
    assert Run.objects.get(pk=claim("w").job_id).number == expected[0]


def test_runs_that_were_queued_in_one_moment_can_be_told_apart(launch, tao):
    runs = [launch() for _ in range(3)]
    Job.objects.update(place="2000-01-01T00:00:00Z")

    line.move(by=tao, job=runs[2], to="up")
    line.move(by=tao, job=runs[0], to="back")

    assert order() == [3, 2, 1]


def test_jobs_of_other_projects_keep_their_places(launch, tao, elsewhere):
    runs = [launch() for _ in range(4)]
    Job.objects.filter(pk=runs[1].pk).update(project=elsewhere)

    line.move(by=tao, job=runs[3], to="front")

    assert order() == [4, 2, 1, 3], "the second place is not Tao's to give away"


def test_the_studios_owner_moves_anything(launch, olga, elsewhere):
    olga.is_superuser = True
    olga.save()
    runs = [launch() for _ in range(3)]
    Job.objects.filter(pk=runs[0].pk).update(project=elsewhere)

    line.move(by=olga, job=runs[2], to="front")

    assert order() == [3, 1, 2]


def test_a_viewer_moves_nothing(launch, vera):
    run = launch()
    with pytest.raises(PermissionDenied):
        line.move(by=vera, job=run, to="front")
    with pytest.raises(PermissionDenied):
        line.set_priority(by=vera, job=run, priority=Priority.LOW)


def test_a_run_at_work_has_no_place_to_move_to(launch, tao):
    run = launch()
    claim("w")
    with pytest.raises(NotAllowed):
        line.move(by=tao, job=run, to="front")


def test_a_low_priority_lets_all_others_go_first(launch, tao):
    runs = [launch() for _ in range(2)]

    line.set_priority(by=tao, job=runs[0], priority=Priority.LOW)

    assert order() == [2, 1]


def test_only_the_studios_owner_makes_a_job_urgent(launch, tao, olga):
    runs = [launch() for _ in range(2)]
    with pytest.raises(PermissionDenied):
        line.set_priority(by=tao, job=runs[1], priority=Priority.URGENT)
    olga.is_superuser = True

    line.set_priority(by=olga, job=runs[1], priority=Priority.URGENT)

    assert order() == [2, 1]


def test_a_job_of_an_unseen_project_is_a_place_and_nothing_else(launch, vera, olga, elsewhere):
    run = launch()
    Job.objects.filter(pk=run.pk).update(project=elsewhere)

    [hidden], [shown] = lines_for(vera), lines_for(olga)

    assert (hidden.place, hidden.job, hidden.run, hidden.movable) == (1, None, None, False)
    assert (shown.number, shown.movable) == (1, True)


def test_the_start_is_told_from_what_runs_like_it_took(launch, vera):
    done, first, second = launch(steps=4), launch(steps=4), launch(steps=8)
    Job.objects.filter(pk=done.pk).update(
        state="finished", fence=1,
        started_at="2000-01-01T00:00:00Z", finished_at="2000-01-01T00:01:40Z",
    )  # fmt: skip
    third = launch(steps=4)
    Job.objects.filter(pk=first.pk).update(state="running", heartbeat_at=Now(), seconds_left=30)

    seen = {one.number: one.starts_in for one in lines_for(vera)}

    assert seen == {first.number: None, second.number: 30, third.number: 30 + 200}


def test_without_a_run_like_it_nothing_is_promised(launch, vera):
    launch(), launch()

    assert [one.starts_in for one in lines_for(vera)] == [0, None]


@pytest.fixture
def rest(client):
    """rest(person, pk, **body): PATCH /queue/pk/."""

    def patch(person, pk, **body):
        client.force_login(person)
        return client.patch(f"/api/v1/queue/{pk}/", body, content_type="application/json")

    return patch


def test_over_rest_the_queue_is_read_and_changed(client, rest, launch, tao):
    runs = [launch() for _ in range(2)]

    answer = rest(tao, runs[1].pk, to="front")

    assert answer.status_code == 200
    assert [one["run"] for one in answer.json()] == [2, 1]
    assert [one["run"] for one in client.get("/api/v1/queue/").json()] == [2, 1]
    lowered = rest(tao, runs[1].pk, priority="low").json()
    assert [(one["run"], one["priority"]) for one in lowered] == [(1, "normal"), (2, "low")]


def test_over_rest_each_refusal_has_its_status(rest, launch, tao, vera, eve):
    run = launch()
    assert rest(vera, run.pk, to="front").status_code == 403
    assert rest(eve, run.pk, to="front").status_code == 404
    assert rest(tao, run.pk, priority="urgent").status_code == 403
    assert rest(tao, run.pk, to="sideways").status_code == 400
    assert rest(tao, run.pk).status_code == 400
    Job.objects.update(state="finished")
    assert rest(tao, run.pk, to="front").status_code == 409


def test_the_page_moves_a_run_without_javascript(client, launch, tao, vera):
    runs = [launch() for _ in range(2)]
    client.force_login(tao)
    text = client.get("/p/letters/runs/").content.decode()
    assert f"/p/letters/runs/queue/{runs[1].pk}/" in text

    client.post(f"/p/letters/runs/queue/{runs[1].pk}/", {"to": "up"})

    assert order() == [2, 1]
    client.force_login(vera)
    assert (
        f"/p/letters/runs/queue/{runs[1].pk}/"
        not in client.get("/p/letters/runs/").content.decode()
    )
    assert client.post(f"/p/letters/runs/queue/{runs[1].pk}/", {"to": "up"}).status_code == 403


def test_a_long_queue_asks_the_database_no_more_than_a_short_one(
    launch, tao, django_assert_num_queries
):
    Job.objects.filter(pk=launch().pk).update(
        state="finished", fence=1, started_at="2000-01-01T00:00:00Z", finished_at=Now()
    )
    launch()
    with CaptureQueriesContext(connection) as short:
        lines_for(tao)
    for _ in range(3):
        launch()
    with django_assert_num_queries(len(short)):
        assert all(one.starts_in is not None for one in lines_for(tao))
