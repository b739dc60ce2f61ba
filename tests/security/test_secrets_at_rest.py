"""Tokens, links and passwords are nowhere in the database as they are; links work once; the locked-out are out."""

import pytest
from django.apps import apps
from django.core import serializers

from authoring.actions import people

pytestmark = pytest.mark.django_db
KEY = {"headers": {"Idempotency-Key": "once"}}


@pytest.fixture
def root(olga):
    olga.is_superuser = True
    olga.save()
    return olga


def database() -> str:
    models = (model for config in apps.get_app_configs() for model in config.get_models())
    return "".join(serializers.serialize("json", model._default_manager.all()) for model in models)


def test_a_bearer_token_stands_nowhere(script, ada):
    answer = script(ada).post("/api/v1/tokens/", {"name": "CI"}, **KEY)
    plain = answer.json()["plain"]
    assert (
        script(None).get("/api/v1/me/", headers={"Authorization": f"Bearer {plain}"}).status_code
        == 200
    )
    assert plain not in database()


def test_a_link_stands_nowhere(script, root, ada, project):
    asked = (
        ("projects/letters/invitations/", {"email": "new@example.org", "role": "author"}),
        (f"people/{ada.pk}/links/", {"purpose": "sign_in"}),
    )
    for path, body in asked:
        token = (
            script(root)
            .post(f"/api/v1/{path}", body, headers={"Idempotency-Key": path})
            .json()["token"]
        )
        assert token not in database()


def test_a_repeat_of_what_is_shown_once_is_told_so(script, ada):
    client = script(ada)
    client.post("/api/v1/tokens/", {"name": "CI"}, **KEY)
    again = client.post("/api/v1/tokens/", {"name": "CI"}, **KEY)
    assert again.status_code == 409
    assert again.json()["remedy"]
    assert ada.api_tokens.filter(name="CI").count() == 1


def test_what_is_shown_once_is_kept_by_no_cache(browse, script, root, ada):
    assert "no-store" in script(ada).post("/api/v1/tokens/", {"name": "CI"})["Cache-Control"]
    assert "no-store" in browse(ada).post("/tokens/", {"name": "CI"})["Cache-Control"]
    assert "no-store" in browse(root).post(f"/people/{ada.pk}/link/")["Cache-Control"]
    token = people.sign_in_link(user=ada, by=root)
    assert "no-store" in browse(None).get(f"/link/{token}/")["Cache-Control"]


def test_a_password_stands_nowhere(browse, ada):
    browse(ada).post("/profile/password/", {"password": "correct horse battery"})
    ada.refresh_from_db()
    assert ada.check_password("correct horse battery")
    assert "correct horse battery" not in database()


@pytest.mark.parametrize("first", ["page", "rest"])
def test_a_link_is_used_once_wherever(browse, script, root, ada, first):
    token = people.sign_in_link(user=ada, by=root)
    page = lambda: browse(None).post(f"/link/{token}/", {})  # noqa: E731
    rest = lambda: script(None).post("/api/v1/redemptions/", {"token": token})  # noqa: E731
    use, use_again = (page, rest) if first == "page" else (rest, page)
    assert use().status_code in {201, 302}
    assert use_again().status_code in {409, 410}
    assert use().status_code in {409, 410}


def test_a_deactivated_persons_session_token_and_links_die_at_once(browse, script, root, ada):
    browser, client = browse(ada), script(ada)
    link = people.sign_in_link(user=ada, by=root)
    assert client.get("/api/v1/me/").status_code == 200
    assert browser.get("/tokens/").status_code == 200

    people.deactivate(user=ada, by=root)

    assert client.get("/api/v1/me/").status_code == 401
    assert client.post("/api/v1/projects/", {"name": "Mine"}, **KEY).status_code == 401
    assert browser.get("/tokens/").status_code == 302
    assert browse(None).post(f"/link/{link}/", {}).status_code == 410


def test_a_changed_password_ends_the_sessions_elsewhere(browse, ada):
    ada.set_password("correct horse battery")
    ada.save()
    here, elsewhere = browse(ada), browse(ada)
    here.post(
        "/profile/password/", {"old": "correct horse battery", "password": "another long one"}
    )
    assert here.get("/tokens/").status_code == 200
    assert elsewhere.get("/tokens/").status_code == 302
