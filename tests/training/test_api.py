"""Training over REST: launch, follow, control; and what outsiders see of it: nothing."""

import pytest
from rest_framework.test import APIClient

from training.actions import runs
from training.models import Checkpoint, Job, LogChunk, Point, Run, Sample

pytestmark = pytest.mark.database


@pytest.fixture
def api(no_broker):
    """api(tao) → a client that is signed in as Tao."""

    def client(person) -> APIClient:
        made = APIClient()
        made.force_login(person)
        return made

    return client


@pytest.fixture
def run(tao, project, snapshot, nano, no_broker) -> Run:
    return runs.launch(by=tao, project=project, method="sft", snapshot=snapshot, base_model=nano)


@pytest.fixture
def checkpoint(run) -> Checkpoint:
    made = Checkpoint.objects.create(
        run=run, step=1, fence=1, path=f"{run.pk}/step-1", layout="full", sha256="a" * 64, bytes=9
    )
    made.folder.mkdir(parents=True)
    return made


def test_a_run_is_launched(api, tao, snapshot, nano):
    asked = {
        "method": "sft",
        "snapshot": snapshot.pk,
        "base_model": nano.pk,
        "settings": {"epochs": 1},
    }

    answer = api(tao).post("/api/v1/projects/letters/runs/", asked)

    assert answer.status_code == 201
    body = answer.json()
    assert (body["state"], body["number"], body["settings"]["epochs"]) == ("queued", 1, 1.0)
    assert body["jobs_ahead"] == 0
    assert "does not answer" in body["warnings"][0]["message"], "it is queued, and will wait"
    assert body["warnings"][0]["remedy"]


def test_a_misspelt_field_launches_nothing(api, tao, snapshot, nano):
    asked = {"method": "sft", "snapshot": snapshot.pk, "base_model": nano.pk}
    for name in ("runs", "plans"):
        misspelt = asked | {"setings": {"epochs": 1}}
        answer = api(tao).post(f"/api/v1/projects/letters/{name}/", misspelt)
        assert answer.status_code == 400
        assert answer.json()["errors"] == {"setings": ["There is no such field."]}
    chained = asked | {"then": [{"method": "grpo", "setings": {}}]}
    answer = api(tao).post("/api/v1/projects/letters/runs/", chained)
    assert answer.json()["errors"]["then"] == {"0": {"setings": ["There is no such field."]}}
    assert not Run.objects.exists()


def test_what_is_launched_can_be_planned_with_the_very_same_body(api, tao, snapshot, nano):
    asked = {
        "method": "sft", "snapshot": snapshot.pk, "base_model": nano.pk, "name": "first",
        "keep_best": 2, "evaluate": True, "settings": {"epochs": 1}, "then": [],
    }  # fmt: skip
    assert api(tao).post("/api/v1/projects/letters/plans/", asked).status_code == 200


def test_a_run_like_another_is_launched(api, tao, run):
    asked = {"like": run.pk, "settings": {"seed": 3}}

    answer = api(tao).post("/api/v1/projects/letters/runs/", asked)

    assert answer.status_code == 201
    assert answer.json()["settings"] == {**run.settings, "seed": 3}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"settings": {"epochs": -1}}, "epochs"),
        ({"method": "ppo"}, "method"),
        ({"snapshot": 999}, "snapshot"),
        ({"base_model": None}, "base_model"),
        ({"method": "grpo"}, "base_model"),
    ],
)
def test_what_is_wrong_with_a_launch_is_named(api, tao, snapshot, nano, changed, field):
    asked = {"method": "sft", "snapshot": snapshot.pk, "base_model": nano.pk} | changed

    answer = api(tao).post("/api/v1/projects/letters/runs/", asked)

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert list(answer.json()["errors"]) == [field]


def test_who_may_look_but_not_train_is_told_so(api, vera, snapshot, nano, run):
    asked = {"method": "sft", "snapshot": snapshot.pk, "base_model": nano.pk}

    assert api(vera).get(f"/api/v1/runs/{run.pk}/").status_code == 200
    assert api(vera).post("/api/v1/projects/letters/runs/", asked).status_code == 403
    assert api(vera).patch(f"/api/v1/runs/{run.pk}/", {"wants": "stop"}).status_code == 403


def test_outsiders_find_nothing(api, eve, run, checkpoint):
    client = api(eve)
    addresses = [
        "/api/v1/projects/letters/runs/",
        *(f"/api/v1/runs/{run.pk}/{part}" for part in ("", "points/", "log/", "samples/", "checkpoints/")),
        f"/api/v1/checkpoints/{checkpoint.pk}/",
    ]  # fmt: skip

    assert [client.get(address).status_code for address in addresses] == [404] * len(addresses)
    assert client.delete(f"/api/v1/checkpoints/{checkpoint.pk}/").status_code == 404
    assert client.patch(f"/api/v1/runs/{run.pk}/", {"wants": "stop"}).status_code == 404


def test_without_a_token_nobody_gets_in(run):
    assert APIClient().get(f"/api/v1/runs/{run.pk}/").status_code == 401


def test_runs_are_listed_newest_first_and_filtered(api, tao, run, project, snapshot, nano):
    second = runs.launch(by=tao, project=project, method="sft", snapshot=snapshot, base_model=nano)
    Job.objects.filter(pk=run.pk).update(state="failed")
    client = api(tao)

    def found(query: str = "") -> list[int]:
        answer = client.get(f"/api/v1/projects/letters/runs/{query}")
        return [one["id"] for one in answer.json()["results"]]

    assert found() == [second.pk, run.pk]
    assert found("?state=failed") == [run.pk]
    assert found("?state=failed&state=queued") == [second.pk, run.pk]
    assert found("?method=grpo") == []


def test_what_is_wanted_of_a_run_is_said_with_patch(api, tao, run):
    address = f"/api/v1/runs/{run.pk}/"
    client = api(tao)

    paused = client.patch(address, {"wants": "pause"})
    assert (paused.status_code, paused.json()["state"]) == (202, "paused")
    assert client.patch(address, {"wants": "run"}).json()["state"] == "queued"
    assert client.patch(address, {"wants": "stop"}).json()["state"] == "stopped"

    again = client.patch(address, {"wants": "stop"})
    assert (again.status_code, again.json()["state"]) == (409, "stopped")


def test_a_checkpoint_now_is_asked_for_with_post(api, tao, run):
    address = f"/api/v1/runs/{run.pk}/checkpoints/"
    assert api(tao).post(address).status_code == 409, "it is only queued"

    Job.objects.filter(pk=run.pk).update(state="running")

    assert api(tao).post(address).status_code == 202
    run.refresh_from_db()
    assert run.checkpoint_requests == 1


def test_checkpoints_are_listed_and_deleted(api, tao, run, checkpoint):
    Job.objects.filter(pk=run.pk).update(state="finished")
    run.choose_best()
    client = api(tao)

    [listed] = client.get(f"/api/v1/runs/{run.pk}/checkpoints/").json()["results"]
    assert (listed["id"], listed["best"], listed["deleted_at"]) == (checkpoint.pk, True, None)

    assert client.delete(f"/api/v1/checkpoints/{checkpoint.pk}/").status_code == 204
    kept = client.get(f"/api/v1/checkpoints/{checkpoint.pk}/").json()
    assert kept["deleted_at"] is not None
    assert kept["best"] is False


def test_points_are_read_on_from_where_one_stopped(api, tao, run):
    client = api(tao)
    address = f"/api/v1/runs/{run.pk}/points/"
    Point.objects.create(run=run, name="train/loss", step=1, value=2.0, fence=1)
    Point.objects.create(run=run, name="validation/loss", step=1, value=None, fence=1)

    first = client.get(address).json()
    assert [(one["name"], one["step"], one["value"]) for one in first["results"]] == [
        ("train/loss", 1, 2.0),
        ("validation/loss", 1, None),
    ]
    assert not first["more"]

    Point.objects.create(run=run, name="train/loss", step=2, value=1.0, fence=1)
    second = client.get(f"{address}?after={first['after']}").json()
    assert [one["step"] for one in second["results"]] == [2]
    third = client.get(f"{address}?after={second['after']}").json()
    assert (third["results"], third["after"]) == ([], second["after"])

    only = client.get(f"{address}?name=validation/loss").json()
    assert [one["name"] for one in only["results"]] == ["validation/loss"]
    assert client.get(f"{address}?after=soon").status_code == 400


def test_more_points_than_a_page_are_read_page_by_page(api, tao, run):
    Point.objects.bulk_create(
        Point(run=run, name="train/loss", step=step, value=1.0, fence=1) for step in range(5001)
    )
    client = api(tao)

    first = client.get(f"/api/v1/runs/{run.pk}/points/").json()
    assert (len(first["results"]), first["more"]) == (5000, True)
    rest = client.get(f"/api/v1/runs/{run.pk}/points/?after={first['after']}").json()
    assert (len(rest["results"]), rest["more"]) == (1, False)


def test_the_log_begins_at_its_end_and_is_read_on(api, tao, run):
    for number in range(40):
        LogChunk.objects.create(job=run, fence=1, offset=number, text=f"{number}\n")
    client = api(tao)

    end = client.get(f"/api/v1/runs/{run.pk}/log/").json()
    assert [one["text"] for one in end["results"]] == [f"{number}\n" for number in range(8, 40)]

    LogChunk.objects.create(job=run, fence=2, offset=0, text="again\n")
    new = client.get(f"/api/v1/runs/{run.pk}/log/?after={end['after']}").json()
    assert [(one["attempt"], one["text"]) for one in new["results"]] == [(2, "again\n")]


def test_samples_of_a_step(api, tao, run):
    for step in (1, 2):
        Sample.objects.create(run=run, step=step, position=0, prompt="p", output=f"o{step}")

    answer = api(tao).get(f"/api/v1/runs/{run.pk}/samples/?step=2").json()

    assert [one["output"] for one in answer["results"]] == ["o2"]


def test_methods_tell_their_settings(api, vera):
    methods = {one["method"]: one for one in api(vera).get("/api/v1/methods/").json()}

    assert list(methods) == ["sft", "grpo"]
    [epochs] = [one for one in methods["sft"]["settings"] if one["name"] == "epochs"]
    assert epochs == {
        "name": "epochs", "type": "float", "default": 3.0, "help": "Passes over the train split.",
        "minimum": 0.01, "maximum": 1000.0, "choices": None, "more": False,
    }  # fmt: skip
    assert api(vera).get("/api/v1/methods/grpo/").json() == methods["grpo"]
    assert api(vera).get("/api/v1/methods/ppo/").status_code == 404


def test_base_models_are_added_and_listed(api, tao, nano):
    client = api(tao)

    added = client.post(
        "/api/v1/base-models/", {"source": "hub", "reference": "gpt2", "name": "GPT-2"}
    )
    assert (added.status_code, added.json()["slug"]) == (201, "gpt-2")
    shape = {"source": "scratch", "name": "Wide", "overrides": {"width": 256}}
    assert client.post("/api/v1/base-models/", shape).status_code == 201

    listed = client.get("/api/v1/base-models/").json()["results"]
    assert [one["name"] for one in listed] == ["Nano", "GPT-2", "Wide"]
    assert client.post("/api/v1/base-models/", {"source": "folder"}).status_code == 400
    assert client.delete(f"/api/v1/base-models/{added.json()['id']}/").status_code == 204


def test_the_state_of_broker_and_workers_is_told_with_a_remedy(api, vera, run):
    answer = api(vera).get("/api/v1/workers/").json()

    assert (answer["broker"], answer["device"], answer["queued"]) == (False, False, 1)
    assert "make run" in answer["warnings"][0]["remedy"]
