"""Theme and language: chosen in the top bar, kept with the person, and never a way to another site."""

import pytest
from django.urls import reverse


def test_a_signed_in_person_keeps_the_theme(client, ada):
    client.force_login(ada)
    client.post(reverse("set_theme"), {"theme": "dark", "next": "/gallery/"})
    ada.refresh_from_db()
    assert ada.theme == "dark"
    assert b'data-theme="dark"' in client.get(reverse("gallery")).content


def test_a_visitor_keeps_it_in_a_cookie(client, db):
    response = client.post(reverse("set_theme"), {"theme": "dark"})
    assert response.cookies["theme"].value == "dark"


def test_the_language_changes_the_page(client, ada):
    client.force_login(ada)
    client.post(reverse("set_language"), {"language": "zh-hans"})
    ada.refresh_from_db()
    assert ada.language == "zh-hans"
    assert b'<html lang="zh-hans"' in client.get(reverse("gallery")).content


@pytest.mark.parametrize(
    ("name", "field", "value"), [("set_theme", "theme", "pink"), ("set_language", "language", "xx")]
)
def test_an_unknown_choice_is_refused(client, ada, name, field, value):
    client.force_login(ada)
    assert client.post(reverse(name), {field: value}).status_code == 400


def test_it_leads_back_to_our_pages_only(client, db):
    assert (
        client.post(reverse("set_theme"), {"theme": "dark", "next": "/gallery/?a=1"})["Location"]
        == "/gallery/?a=1"
    )
    assert (
        client.post(reverse("set_theme"), {"theme": "dark", "next": "https://elsewhere.example/"})[
            "Location"
        ]
        == "/"
    )


def test_reading_changes_nothing(client, db):
    assert client.get(reverse("set_theme")).status_code == 405
