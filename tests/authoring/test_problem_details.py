"""Errors over REST are problem details: what was wrong, where, and what to do."""

import pytest

pytestmark = pytest.mark.django_db
PAIRS = "/api/v1/projects/letters/pairs/"


def problem(response, status):
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["detail"]
    return body


def test_a_bad_field_is_named(rest, ada, chat):
    body = {"task": "chat", "instruction": "a", "language": "English!"}
    assert problem(rest(ada).post(PAIRS, body), 400)["errors"].keys() == {"language"}


def test_a_misspelt_field_is_named_and_nothing_is_written(rest, ada, chat, project):
    body = {"task": "chat", "instruction": "a", "respones": "b"}
    assert problem(rest(ada).post(PAIRS, body), 400)["errors"].keys() == {"respones"}
    assert not project.pairs.exists()


def test_a_task_that_is_not_there_is_named(rest, ada, chat):
    body = {"task": "poetry", "instruction": "a"}
    assert problem(rest(ada).post(PAIRS, body), 400)["errors"].keys() == {"task"}


def test_a_body_that_is_no_json(rest, ada, chat):
    answer = rest(ada).post(PAIRS, "{", content_type="application/json")
    problem(answer, 400)


def test_a_text_that_is_too_long_is_413(rest, ada, chat, settings):
    settings.FIELD_LIMIT = 100
    body = {"task": "chat", "instruction": "x" * 101}
    assert problem(rest(ada).post(PAIRS, body), 413)["remedy"]


def test_a_role_that_may_not_is_told_so_in_words(rest, vera, chat):
    answer = rest(vera).post(PAIRS, {"task": "chat", "instruction": "a"})
    assert "Letters" in problem(answer, 403)["detail"]


def test_what_one_may_not_see_is_not_there(rest, eve, write):
    pair = write("Say hello")
    there = problem(rest(eve).get(f"/api/v1/pairs/{pair.pk}/"), 404)
    assert there == problem(rest(eve).get("/api/v1/pairs/999999/"), 404)


def test_a_state_that_does_not_allow_it_is_409(rest, ada, submit):
    pair = submit("Say hello")
    body = problem(rest(ada).post(f"/api/v1/pairs/{pair.pk}/submission/"), 409)
    assert (body["state"], bool(body["remedy"])) == ("submitted", True)


def test_nothing_to_freeze_is_422_with_the_remedy(rest, tao, project):
    body = problem(rest(tao).post("/api/v1/projects/letters/snapshots/", {}), 422)
    assert body["remedy"]


def test_a_wrong_token_is_401_and_never_anonymous(rest, project):
    client = rest(None)
    client.credentials(HTTP_AUTHORIZATION="Bearer is_wrong")
    problem(client.get("/api/v1/projects/"), 401)


def test_a_revoked_token_is_worthless_at_once(rest, ada):
    client = rest(ada)
    token = client.get("/api/v1/tokens/").json()["results"][0]["id"]
    assert client.delete(f"/api/v1/tokens/{token}/").status_code == 204
    problem(client.get("/api/v1/me/"), 401)


def test_too_many_requests_are_told_when_to_come_back(rest, ada, monkeypatch):
    from rest_framework.throttling import UserRateThrottle

    client = rest(ada)
    monkeypatch.setattr(UserRateThrottle, "get_rate", lambda self: "2/hour")
    assert [client.get("/api/v1/me/").status_code for _ in range(2)] == [200, 200]
    refused = client.get("/api/v1/me/")
    problem(refused, 429)
    assert int(refused["Retry-After"]) > 0
