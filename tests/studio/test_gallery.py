"""Every component renders in every state, and none opens a hole in the content security policy."""

import re

import pytest
from django.conf import settings
from django.urls import reverse

SPRITE = (settings.BASE_DIR / "static/img/icons.svg").read_text()


@pytest.fixture
def page(client, ada):
    client.force_login(ada)
    return client.get(reverse("gallery"))


def test_it_is_for_people_who_are_signed_in(client, db):
    assert client.get(reverse("gallery")).status_code == 302


def test_it_shows_every_state_of_pairs_and_jobs(page):
    text = page.content.decode()
    assert page.status_code == 200
    for label in (
        "awaiting review",
        "changes requested",
        "being imported",
        "queued",
        "running",
        "failed",
    ):
        assert label in text


def test_no_inline_style_handler_or_script(page):
    text = page.content.decode()
    assert not re.search(r"\sstyle=", text)
    assert not re.search(r"\son\w+=", text)
    scripts = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", text)
    assert all("application/json" in attributes for attributes in scripts)


def test_nothing_is_painted_before_it_answers_to_a_key(page):
    """A reviewer who sees a pair and presses "a" must be heard."""
    scripts = re.findall(r"<script[^>]*\bsrc=[^>]*>", page.content.decode())
    assert scripts
    assert all('blocking="render"' in script for script in scripts)


def test_every_icon_it_uses_is_in_the_sprite(page):
    used = set(re.findall(r"icons\.svg#([\w-]+)", page.content.decode()))
    assert used
    assert used <= set(re.findall(r'id="([\w-]+)"', SPRITE))


def test_fields_are_tied_to_their_label_help_and_errors(page):
    text = page.content.decode()
    assert 'aria-describedby="id_title_help id_title_error"' in text
    for name in ("id_title_help", "id_title_error"):
        assert f'id="{name}"' in text
