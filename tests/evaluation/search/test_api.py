"""Searches over REST: begin, follow, say what is wanted; what outsiders see of them: nothing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from evaluation.models import Search
from tests.evaluation.search.test_advance import trial_of

pytestmark = pytest.mark.database
SPACE = {"learning_rate": {"low": 1e-4, "high": 1e-2, "log": True}}


@pytest.fixture
def api(no_broker):
    """api(tao) → a client that is signed in as Tao."""

    def client(person) -> APIClient:
        made = APIClient()
        made.force_login(person)
        return made

    return client


@pytest.fixture
def ask(api, tao, snapshot, nano):
    """ask(space=…) → the answer to Tao's beginning of a search."""

    def asked(**more):
        body = {"method": "sft", "snapshot": snapshot.pk, "base_model": nano.pk, "space": SPACE}
        return api(tao).post("/api/v1/projects/letters/searches/", body | more)

    return asked


def test_a_search_is_begun_and_its_first_trial_is_in_the_queue(ask, api, tao):
    answer = ask(trials=5, fixed={"epochs": 1})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["state"], body["trials"], body["asked"], body["best"]) == ("running", 5, 1, None)
    assert (body["metric"], body["maximise"], body["space"]) == ("f1_macro", True, SPACE)
    [trial] = api(tao).get(f"/api/v1/searches/{body['id']}/trials/").json()["results"]
    assert (trial["number"], trial["state"], trial["settings"]) == (
        1,
        "waiting",
        {"learning_rate": 1e-3},
    )
    run = api(tao).get(f"/api/v1/runs/{trial['run']}/").json()
    assert (run["state"], run["settings"]["epochs"]) == ("queued", 1.0)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"space": {}}, "space"),
        ({"space": {"learning_rate": {"low": 1, "high": 7}}}, "learning_rate"),
        ({"fixed": {"altitude": 3}}, "altitude"),
        ({"fixed": {"tuning": "full"}, "space": {"lora_rank": {"choices": [4, 8]}}}, "lora_rank"),
        ({"metric": "beauty"}, "metric"),
        ({"trials": 0}, "trials"),
        ({"at_once": 99}, "at_once"),
        ({"base_model": None}, "base_model"),
    ],
)
def test_what_can_not_be_is_named_and_nothing_is_begun(ask, more, field):
    answer = ask(**more)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not Search.objects.exists()


def test_it_is_paused_resumed_extended_and_stopped(ask, api, tao):
    pk = ask().json()["id"]
    where = f"/api/v1/searches/{pk}/"
    states = [
        api(tao).patch(where, {"wants": want}).json()["state"] for want in ("pause", "run", "stop")
    ]
    assert states == ["paused", "running", "stopped"]
    assert api(tao).patch(where, {"wants": "pause"}).status_code == 409
    assert api(tao).patch(where, {"trials": 30}).json()["state"] == "running"
    assert api(tao).patch(where, {"trials": 1}).status_code == 409
    assert api(tao).patch(where, {}).status_code == 400


def test_the_best_trial_is_told_with_its_interval(ask, api, tao, hand):
    search = Search.objects.get(pk=ask().json()["id"])
    hand.complete(search, trial_of(search, 1), 0.5)
    best = api(tao).get(f"/api/v1/searches/{search.pk}/").json()["best"]
    assert (best["number"], best["value"], best["low"], best["high"]) == (1, 0.5, 0.0, 1.0)


def test_a_run_with_the_best_settings_is_one_like_the_trials(ask, api, tao, hand):
    search = Search.objects.get(pk=ask().json()["id"])
    run = trial_of(search, 1).run
    made = api(tao).post("/api/v1/projects/letters/runs/", {"like": run.pk, "evaluate": True})
    assert made.json()["settings"] == run.settings
    assert made.json()["evaluate"] is True


def test_what_can_be_searched_is_told_with_where_to_begin(api, tao):
    found = api(tao).get("/api/v1/methods/sft/space/").json()
    rate = next(one for one in found if one["name"] == "learning_rate")
    assert rate["suggested"] == {"low": 1e-4, "high": 1e-2, "log": True}
    assert api(tao).get("/api/v1/methods/magic/space/").status_code == 404


def test_who_may_not_train_begins_and_changes_nothing(ask, api, snapshot, nano, ada, vera):
    pk = ask().json()["id"]
    for person in (ada, vera):
        assert api(person).get(f"/api/v1/searches/{pk}/").status_code == 200
        assert api(person).patch(f"/api/v1/searches/{pk}/", {"wants": "stop"}).status_code == 403
        body = {"method": "sft", "snapshot": snapshot.pk, "base_model": nano.pk, "space": SPACE}
        assert api(person).post("/api/v1/projects/letters/searches/", body).status_code == 403


def test_an_outsider_sees_nothing(ask, api, eve):
    pk = ask().json()["id"]
    for where in (f"searches/{pk}/", f"searches/{pk}/trials/", "projects/letters/searches/"):
        assert api(eve).get(f"/api/v1/{where}").status_code == 404


@pytest.mark.parametrize("path", ["/api/v1/projects/letters/searches/", "/p/letters/searches/"])
def test_a_list_of_searches_asks_no_more_for_more_of_them(
    begin, hand, api, tao, path, django_assert_num_queries
):
    def searched():
        search = begin(trials=2)
        for number, value in ((1, 0.6), (2, 0.4)):
            hand.complete(search, trial_of(search, number), value)

    searched()
    client = api(tao)
    client.get(path)  # what is remembered of a session, and the like
    with CaptureQueriesContext(connection) as for_one:
        client.get(path)
    searched(), searched()
    with django_assert_num_queries(len(for_one)):
        answer = client.get(path)
    if path.startswith("/api/"):
        ids = [one["id"] for one in answer.json()["results"]]
        assert ids == sorted(ids, reverse=True)
        best = [(one["asked"], one["best"]["value"]) for one in answer.json()["results"]]
        assert best == [(2, 0.6)] * 3
