"""Exports leave for a hub or a bucket that answer over HTTP: who may, once, and what is said of it."""

import runpy

import pytest
from django.core.exceptions import PermissionDenied
from rest_framework.test import APIClient

from authoring.errors import Conflict, Invalid, NothingToDo
from authoring.words import told
from tests.servers.hub import TOKEN, hub_server
from tests.training.conftest import EXPORTED
from training import destinations, lease, upkeep
from training.actions import exports, jobs, pushes
from training.models import Job, Push, Queue
from training.runner import attempt
from training.states import JobState


@pytest.fixture
def hub(settings):
    with hub_server() as server:
        settings.HUB_ENDPOINT = server.address
        settings.PUSH_ENVIRONMENT = {"HUB_TOKEN": TOKEN}
        yield server


def asked(by, export, **other) -> Push:
    return pushes.ask(
        by=by, export=export, **({"destination": "hub", "name": "team/letters"} | other)
    )


def api(person) -> APIClient:
    made = APIClient()
    made.force_login(person)
    return made


@pytest.mark.django_db(transaction=True)
def test_asked_over_rest_the_light_worker_sends_it_and_says_where_it_is(export, olga, hub):
    here = f"/api/v1/exports/{export.pk}/pushes/"
    answer = api(olga).post(here, {"destination": "hub", "name": "team/letters"})
    assert (answer.status_code, answer.json()["state"]) == (201, "queued")
    assert not attempt.work(), "no device waits for it"
    assert attempt.work(Queue.LIGHT)
    shown = api(olga).get(f"/api/v1/pushes/{answer.json()['id']}/").json()
    assert (shown["state"], shown["failure"]) == ("finished", None)
    assert shown["url"] == shown["target"] == f"{hub.address}/team/letters"
    assert shown["revision"] == hub.repositories["team/letters"].head
    assert (shown["created_by"], shown["step"]) == (str(olga), shown["total_steps"])
    assert hub.repositories["team/letters"].private
    assert hub.repositories["team/letters"].files.keys() == {*EXPORTED, "SHA256SUMS"}


@pytest.mark.django_db(transaction=True)
def test_a_wrong_token_fails_with_its_remedy_and_is_nowhere_and_a_retry_goes_through(
    export, olga, hub, settings, home
):
    settings.PUSH_ENVIRONMENT = {"HUB_TOKEN": "hf_wrong_one"}
    push = asked(olga, export)
    attempt.work(Queue.LIGHT)
    push.refresh_from_db()
    assert push.failure["type"] == "credentials"
    assert "HUB_TOKEN" in told(push.failure["remedy"])
    shown = api(olga).get(f"/api/v1/pushes/{push.pk}/").content.decode()
    files = "".join(one.read_text() for one in (home / "runs").rglob("*") if one.is_file())
    assert "hf_wrong_one" not in f"{shown}{files}{vars(push)}"
    settings.PUSH_ENVIRONMENT = {"HUB_TOKEN": TOKEN}
    answer = api(olga).patch(f"/api/v1/pushes/{push.pk}/", {"wants": "run"})
    assert answer.json()["state"] == "queued"
    attempt.work(Queue.LIGHT)
    push.refresh_from_db()
    assert push.state == JobState.FINISHED


@pytest.mark.django_db(transaction=True)
def test_a_message_that_comes_again_meanwhile_sends_nothing_twice(export, olga, hub):
    asked(olga, export)
    second = []
    hub.refuse = lambda method, path: (
        second.append(attempt.work(Queue.LIGHT)) if "create" in path else None
    )
    assert attempt.work(Queue.LIGHT)
    assert second == [False]
    assert len(hub.repositories["team/letters"].commits) == 1
    assert Push.objects.get().fence == 1


def test_an_engine_that_trains_is_given_no_token(settings, monkeypatch):
    for name in settings.PUSH_SECRETS:
        monkeypatch.setenv(name, f"of_the_team:{name}")
    found = runpy.run_path(str(settings.BASE_DIR / "instructstudio/settings.py"))
    assert "of_the_team" not in str(found["ENGINE_ENVIRONMENT"])
    assert found["PUSH_ENVIRONMENT"].keys() == {*settings.PUSH_SECRETS}


@pytest.mark.django_db
def test_light_jobs_go_one_after_another(export, olga, configured):
    first, second = asked(olga, export), asked(olga, export, name="team/other")
    held = lease.claim("one", queue=Queue.LIGHT)
    assert held.job_id == first.pk
    assert lease.claim("two", queue=Queue.LIGHT) is None
    Job.objects.filter(pk=first.pk).update(state="finished", owner="")
    assert lease.claim("two", queue=Queue.LIGHT).job_id == second.pk


@pytest.mark.django_db
def test_what_waits_is_announced_to_the_workers_it_waits_for(export, olga, configured, monkeypatch):
    push, said = asked(olga, export), []
    monkeypatch.setattr(upkeep, "waiting_messages", lambda queue: 0)
    monkeypatch.setattr(upkeep, "announce_now", lambda pk, queue: said.append((pk, str(queue))))
    upkeep.announce_waiting()
    assert said == [(push.pk, "light")]


@pytest.mark.django_db
def test_asking_twice_gives_the_same_until_it_is_over(export, olga, configured):
    first = asked(olga, export)
    assert asked(olga, export) == first
    Job.objects.filter(pk=first.pk).update(state="failed", failure={"message": "no"})
    assert (asked(olga, export), Job.objects.get(pk=first.pk).state) == (first, "queued")
    Job.objects.filter(pk=first.pk).update(state="finished")
    assert asked(olga, export) != first


@pytest.mark.django_db
def test_where_the_operator_moved_the_destination_asking_again_goes_to_the_new_place(
    export, olga, configured, settings
):
    first = asked(olga, export)
    Job.objects.filter(pk=first.pk).update(state="failed", failure={"message": "no"})
    settings.HUB_ENDPOINT = "https://hub.example.net"
    second = asked(olga, export)
    assert (second.state, second.target) == ("queued", "https://hub.example.net/team/letters")
    assert Job.objects.get(pk=first.pk).state == "failed"


@pytest.mark.django_db
def test_only_owners_send_anything_out(export, olga, tao, vera, configured):
    for person in (tao, vera):
        with pytest.raises(PermissionDenied):
            asked(person, export)
    push = asked(olga, export)
    for person in (tao, vera):
        assert api(person).get(f"/api/v1/pushes/{push.pk}/").status_code == 200
        assert api(person).patch(f"/api/v1/pushes/{push.pk}/", {"wants": "stop"}).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"name": "../elsewhere"}, "name"),
        ({"name": "nobody"}, "name"),
        ({"destination": "ftp"}, "destination"),
        ({"destination": "s3", "name": "a", "public": True}, "public"),
    ],
)
def test_what_can_not_be_pushed_to_is_refused_by_field(export, olga, configured, other, field):
    with pytest.raises(Invalid) as refused:
        asked(olga, export, **other)
    assert refused.value.fields[field]


@pytest.mark.django_db
def test_where_nothing_is_configured_nothing_is_offered(export, olga, settings):
    settings.HUB_ENDPOINT = settings.S3_BUCKET = ""
    assert destinations.configured() == {}
    with pytest.raises(Invalid):
        asked(olga, export)


@pytest.mark.django_db
def test_an_export_is_pushed_once_made_and_kept_while_it_is_pushed(export, olga, configured):
    push = asked(olga, export)
    with pytest.raises(Conflict):
        exports.delete(by=olga, export=export)
    jobs.stop(by=olga, job=push)
    exports.delete(by=olga, export=export)
    push.refresh_from_db()
    assert (push.exported, push.target) == (None, "https://hub.example.org/team/letters")
    again = exports.ask(by=olga, checkpoint=push.checkpoint, form="merged")
    with pytest.raises(NothingToDo):
        asked(olga, again)


@pytest.mark.django_db
def test_the_page_offers_it_to_owners_and_shows_everybody_where_it_went(
    export, olga, vera, client, configured
):
    here = f"/p/letters/checkpoints/{export.checkpoint_id}"
    client.force_login(olga)
    assert "s3://ours/models" in client.get(f"{here}/exports/").content.decode()
    body = {"export": export.pk, "destination": "s3", "name": "letters/run-1"}
    client.post(f"{here}/pushes/new/", body)
    push = Push.objects.get()
    assert push.target == "s3://ours/models/letters/run-1"
    failure = {"type": "target", "message": "There is no such bucket.", "remedy": "Make it."}
    Job.objects.filter(pk=push.pk).update(state="failed", failure=failure)
    assert "There is no such bucket." in client.get(f"{here}/exports/").content.decode()
    client.post(f"/p/letters/pushes/{push.pk}/do/", {"deed": "retry"})
    assert Job.objects.get(pk=push.pk).state == "queued"
    jobs.pause(by=olga, job=push)
    assert 'value="resume"' in client.get(f"{here}/exports/").content.decode()
    client.post(f"/p/letters/pushes/{push.pk}/do/", {"deed": "resume"})
    assert Job.objects.get(pk=push.pk).state == "queued"
    Push.objects.update(public=True, is_open=False, service="https://minio.example.org")
    client.force_login(vera)
    page = client.get(f"{here}/exports/").content.decode()
    assert "s3://ours/models/letters/run-1" in page
    assert "at https://minio.example.org" in page
    assert "private, as the repository was before" in page
    assert "<form" not in page
