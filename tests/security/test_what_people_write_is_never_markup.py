"""Texts, labels, tags, names, file names, logs, rollouts and predictions are shown, never run.

Label Studio CVE-2024-26152 and CVE-2026-22033, MLflow CVE-2026-33865.
"""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple

import pytest
from django.db import transaction
from django.test import Client

from authoring.models import User
from tests.security.routes import Route, routes
from tests.security.world import poisoned

ATTACKS = ("<script>alert", "<img src=x", 'href="javascript:')
PARTS = ({}, {"HX-Request": "true", "X-Live": "1"})
"""Whole pages, and the parts of pages that scripts fetch."""


class Answer(NamedTuple):
    route: Route
    status: int
    headers: dict[str, str]
    html: str
    """Empty where it is no HTML."""


@pytest.fixture(scope="module")
def answers(django_db_setup, django_db_blocker) -> list[Answer]:
    """What the studio's owner gets at every address of the poisoned project. Walked once."""
    with django_db_blocker.unblock(), transaction.atomic():
        owner = User.objects.create_superuser("owner@example.org")
        world = poisoned(owner)
        browser = Client(raise_request_exception=False)
        browser.force_login(owner)
        found = list(_walk(browser, world))
        transaction.set_rollback(True)
    return found


def _walk(browser: Client, world: dict[str, object]) -> Iterator[Answer]:
    for route in routes():
        for headers in PARTS[: 1 if route.is_api else 2]:
            answer = browser.get(route.address(world), headers=headers)
            is_html = "html" in answer.get("Content-Type", "")
            html = answer.content.decode() if is_html else ""
            yield Answer(route, answer.status_code, dict(answer.headers), html)


class Markup(HTMLParser):
    """Collects inline scripts, handlers and styles, and addresses that are scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attributes):
        has = dict(attributes)
        is_data = has.get("type") in {"application/json", "speculationrules", "importmap"}
        if tag == "script" and not ("src" in has or "nonce" in has or is_data):
            self.found.append(f"<script> {has}")
        for name, value in attributes:
            is_script = (value or "").strip().lower().startswith(("javascript:", "data:text"))
            if name.startswith("on") or name == "style" or is_script:
                self.found.append(f"<{tag} {name}={value!r}>")


def test_no_page_breaks_on_it(answers):
    assert [(one.route.name, one.status) for one in answers if one.status >= 500] == []


def test_no_page_lets_it_become_markup(answers):
    wrong = []
    for one in answers:
        markup = Markup()
        markup.feed(one.html)
        wrong += [f"{one.route.name}: {found}" for found in markup.found]
        wrong += [f"{one.route.name}: {attack}" for attack in ATTACKS if attack in one.html]
    assert wrong == []


def test_the_attack_stands_on_the_pages_as_text(answers):
    """Else the test above proves nothing."""
    shown = {one.route.name for one in answers if "&lt;script&gt;alert" in one.html}
    expected = {"project", "pairs", "pair", "pair_edit", "review", "import", "snapshot", "members"}
    expected |= {"run", "checkpoint", "models", "dashboard", "evaluation", "predictions", "tokens"}
    assert expected <= shown


def test_every_page_has_a_strict_policy(answers):
    for one in answers:
        if one.html:
            policy = one.headers["Content-Security-Policy"]
            assert "'unsafe" not in policy, one.route.name
            for rule in ("default-src 'self'", "script-src 'self'", "object-src 'none'"):
                assert rule in policy, one.route.name
            for rule in ("base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"):
                assert rule in policy, one.route.name


def test_no_browser_guesses_a_type_or_frames_a_page(answers):
    for one in answers:
        assert one.headers["X-Content-Type-Options"] == "nosniff", one.route.name
        assert one.headers["X-Frame-Options"] == "DENY", one.route.name


def test_the_api_never_answers_with_a_page(answers):
    pages = {one.route.name for one in answers if one.route.is_api and one.html}
    assert pages == {"api_docs"}


@pytest.mark.django_db
def test_pages_of_errors_have_the_policy_too(browse, eve):
    for path, status in (("/no/such/page/", 404), ("/people/", 403)):
        answer = browse(eve).get(path)
        assert answer.status_code == status
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_a_nonce_is_never_used_twice(browse, eve):
    policies = [browse(eve).get("/tokens/").headers["Content-Security-Policy"] for _ in range(2)]
    assert all("'nonce-" in one for one in policies)
    assert policies[0] != policies[1]
