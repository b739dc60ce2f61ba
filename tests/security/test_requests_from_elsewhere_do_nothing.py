"""A page of another site can't act with a person's session, nor send them away from ours."""

import subprocess
import sys

import pytest
from django.conf import settings as studio

from tests.security.routes import routes

pytestmark = pytest.mark.django_db


def test_every_form_needs_its_token(browse, world, olga):
    browser = browse(olga, enforce_csrf_checks=True)
    for route in routes():
        if not route.is_api:
            answer = browser.post(route.address(world))
            assert answer.status_code in {403, 405}, f"{route.name}: {answer.status_code}"


def test_rest_by_a_session_needs_it_too(world, olga):
    from rest_framework.test import APIClient

    client = APIClient(enforce_csrf_checks=True)
    client.force_login(olga)
    assert client.get("/api/v1/me/").status_code == 200
    for route in routes():
        for method in route.methods - {"GET"} if route.is_api else ():
            answer = getattr(client, method.lower())(route.address(world), {"name": "x"})
            assert answer.status_code == 403, f"{method} {route.name}: {answer.status_code}"


def test_no_other_site_may_read_an_answer(script, olga):
    answer = script(olga).get("/api/v1/me/", headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    "elsewhere",
    [
        *("https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "home"),
        *(
            "javascript:alert(1)",
            "http:evil.example",
            "\thttps://evil.example",
            "https:///evil.example",
        ),
    ],
)
def test_nobody_is_sent_to_another_site(browse, ada, elsewhere):
    places = [
        browse(ada).get("/sign-in/", {"next": elsewhere}),
        browse(ada).post("/theme/", {"theme": "dark", "next": elsewhere}),
        browse(None).post("/language/", {"language": "en"}, headers={"Referer": elsewhere}),
    ]
    for answer in places:
        assert answer.status_code == 302
        assert "evil" not in answer.url
        assert not answer.url.startswith("javascript")


def test_a_session_cookie_is_for_our_requests_only(browse, ada):
    ada.set_password("correct horse battery")
    ada.save()
    answer = browse(None).post(
        "/sign-in/", {"email": ada.email, "password": "correct horse battery"}
    )
    cookie = answer.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_production_speaks_https_only():
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "DEBUG")
    code = (
        f"from instructstudio import settings as s; print(*(bool(getattr(s, n)) for n in {names}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=studio.BASE_DIR,
        env={"PRODUCTION": "1", "SECRET_KEY": "k" * 50, "STUDIO_HOME": str(studio.STUDIO_HOME)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["True", "True", "True", "False"]


def test_a_host_that_is_not_ours_is_refused(browse, settings):
    settings.ALLOWED_HOSTS = ["studio.example.org"]
    assert browse(None).get("/sign-in/", headers={"Host": "evil.example"}).status_code == 400
