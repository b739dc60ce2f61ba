"""A session that ends while somebody writes costs nothing of what they wrote."""

import html
import re

import pytest
from django.test import Client

from authoring.models import Review, Task
from authoring.views import held

PASSWORD = "correct horse battery"
HERE = {"Origin": "http://testserver"}
COMMENT = "The answer is <b>right</b>,\r\nbut too long: say it in one sentence."
pytestmark = pytest.mark.django_db


@pytest.fixture
def verdict(submit, rui):
    """What Rui's review form sends."""
    rui.set_password(PASSWORD)
    rui.save()
    pair = submit("Say hello", "Hello!")
    return {"revision": pair.head_id, "verdict": "request_changes", "comment": COMMENT}


def fields(page) -> dict[str, str]:
    """The hidden fields of the page's form, as a browser would send them."""
    text = page.content.decode()
    inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text)
    areas = re.findall(r'<textarea name="([^"]+)" hidden>\n?(.*?)</textarea>', text, re.DOTALL)
    return {name: html.unescape(value) for name, value in [*inputs, *areas]}


def sign_in(browser, page, email, password=PASSWORD):
    assert page.status_code in {400, 401}
    given = fields(page) | {"email": email, "password": password}
    return browser.post("/sign-in/", given, headers=HERE)


def test_what_was_sent_is_sent_again_after_the_sign_in(at, rui, verdict):
    browser = Client(enforce_csrf_checks=True)
    browser.get("/sign-in/")  # has a token, as a page that was open has
    token = browser.cookies["csrftoken"].value
    sent = browser.post(at("review"), verdict | {"csrfmiddlewaretoken": token}, headers=HERE)
    page = sign_in(browser, sent, rui.email)
    assert page.status_code == 200
    assert html.escape("right</b>") in page.content.decode(), "shown, and not as markup"

    again = fields(page)
    assert browser.post(at("review"), again, headers=HERE).status_code == 302
    assert Review.objects.get().comment.replace("\r", "") == COMMENT.replace("\r", "")


def test_a_wrong_password_in_between_loses_nothing(browse, at, rui, verdict):
    browser = browse(None)
    page = sign_in(browser, browser.post(at("review"), verdict), rui.email, "wrong")
    page = sign_in(browser, page, rui.email)
    assert fields(page)["comment"] == COMMENT


def test_a_page_that_was_open_while_one_signed_in_anew_is_sent_with_one_press(at, rui, verdict):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(rui)
    stale = verdict | {"csrfmiddlewaretoken": "a" * 64}
    page = browser.post(at("review"), stale, headers=HERE)
    assert page.status_code == 403
    assert not Review.objects.exists()
    assert browser.post(at("review"), fields(page), headers=HERE).status_code == 302
    assert Review.objects.get().verdict == "request_changes"


@pytest.mark.parametrize("elsewhere", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {}])
def test_nothing_of_another_site_is_shown_with_a_button(at, rui, verdict, elsewhere):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(rui)
    page = browser.post(at("review"), verdict, headers=elsewhere)
    assert page.status_code == 403
    assert "one sentence" not in page.content.decode()


def test_passwords_are_never_held(browse, ada):
    answer = browse(None).post("/profile/password/", {"old": PASSWORD, "password": "another one"})
    assert answer.status_code == 302
    assert answer.url.startswith("/sign-in/")


def test_a_button_without_words_leads_back_to_the_page_it_stood_on(browse, at, project):
    here = f"http://testserver{at('project_settings')}"
    answer = browse(None).post(at("project_delete"), headers={"Referer": here})
    assert answer.status_code == 302
    assert (
        at("project_settings").replace("/", "%2F") in answer.url
        or at("project_settings") in answer.url
    )
    elsewhere = browse(None).post(
        at("project_delete"), headers={"Referer": "https://evil.example/"}
    )
    assert "evil" not in elsewhere.url


def test_what_is_not_ours_is_not_shown(browse, rui, verdict):
    forged = {"email": rui.email, "password": PASSWORD, "held": "eyJwYXRoIjoiLyJ9:1:x"}
    assert browse(None).post("/sign-in/", forged).status_code == 302


def test_a_form_that_is_too_long_to_be_held_still_leads_to_the_sign_in(
    browse, at, verdict, monkeypatch
):
    monkeypatch.setattr(held, "LONGEST", 10)
    assert browse(None).post(at("review"), verdict).status_code == 302


def test_scripts_are_told_as_before(browse, at, chat):
    answer = browse(None).post(at("coach"), {"task": chat.pk}, headers={"HX-Request": "true"})
    assert answer.status_code == 302


def test_a_file_is_asked_for_once_more_and_the_rest_is_kept(browse, at, ada, chat):
    from django.core.files.uploadedfile import SimpleUploadedFile

    ada.set_password(PASSWORD)
    ada.save()
    browser = browse(None)
    sent = browser.post(
        at("import_new"),
        {
            "task": chat.pk,
            "language": "a note of mine",
            "file": SimpleUploadedFile("in.jsonl", b"{}"),
        },
    )
    page = sign_in(browser, sent, ada.email)
    assert "The file that came with it is not kept." in page.content.decode()
    assert fields(page)["language"] == "a note of mine"
    assert Task.objects.count() == 1


def test_what_somebody_wrote_is_shown_in_every_language_and_no_choice_or_id():
    words = ["太长了，请缩短。", "Too long.", "Gut", "Grüße"]
    fields = [
        ("verdict", "request_changes"),
        ("revision", "12"),
        *(("comment", one) for one in words),
    ]
    assert held.Held("/", fields, False).texts == ["太长了，请缩短。", "Too long.", "Grüße"]
