"""What a request may filter by is a list of names: it can't walk the tables (GHSA-6hjj-gq77-j4qw)."""

import pytest

from tests.security.routes import routes

pytestmark = pytest.mark.django_db
WALKS = {
    "author__password__startswith": "pbkdf2",
    "author__email": "nobody@example.org",
    "created_by__password__regex": ".*",
    "user__api_tokens__digest__startswith": "0",
    "project__memberships__user__password": "x",
    "head__author__password__startswith": "x",
    "password": "x",
    "id__in": "0",
    "pk__gt": "999999999",
    "state__contains": "x",
    "_connector": "OR",
    "ordering": "author__password",
    "order_by": "author__password",
    "sort": "author__password",
    "search": "x",
    "fields": "password",
}


def test_no_list_over_rest_follows_a_path_through_the_tables(script, world, olga):
    client, walked = script(olga), 0
    for route in routes():
        if not (route.is_api and "GET" in route.methods) or route.name in {
            "api_schema",
            "api_docs",
        }:
            continue
        plain = client.get(route.address(world))
        if plain.status_code != 200 or plain.streaming or "results" not in plain.json():
            continue
        walked += 1
        for name, value in WALKS.items():
            answer = client.get(route.address(world), {name: value})
            assert answer.status_code in {200, 400}, f"{route.name}?{name}"
            if answer.status_code == 200:
                # all but the addresses of other pages, which repeat what was asked
                for part in ("count", "results"):
                    found = answer.json().get(part)
                    assert found == plain.json().get(part), f"{route.name}?{name}={value}"
    assert walked > 15


@pytest.mark.parametrize(
    "page", ["pairs", "predictions", "runs", "checkpoints", "snapshots", "members"]
)
def test_no_list_of_a_page_does(browse, world, olga, page):
    browser = browse(olga)
    plain = rows_of(browser.get(f"/p/poison/{page}/"))
    assert plain
    for name, value in WALKS.items():
        assert rows_of(browser.get(f"/p/poison/{page}/", {name: value})) == plain, name


def rows_of(answer) -> int:
    assert answer.status_code == 200
    return answer.content.count(b"&lt;script&gt;")


def test_no_answer_holds_a_password_or_a_digest(script, world, olga):
    olga.is_superuser = True
    olga.set_password("correct horse battery")
    olga.save()
    client = script(olga)
    for route in routes():
        if route.is_api and "GET" in route.methods and route.name not in {"api_schema", "api_docs"}:
            text = b"".join(client.get(route.address(world))).decode()
            assert olga.password not in text, route.name
            assert olga.api_tokens.first().digest not in text, route.name
