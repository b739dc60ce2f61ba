"""Wrong passwords are counted, by account and by address; so are links for lost passwords."""

import pytest
from django.urls import reverse

from authoring.models import AccessLink, User

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(db):
    return User.objects.create_user("bob@example.org", PASSWORD, name="Bob")


def sign_in(browser, password="wrong password", email="bob@example.org", **headers):
    return browser.post("/sign-in/", {"email": email, "password": password}, **headers)


def test_the_twenty_first_wrong_password_of_an_hour_is_not_looked_at(browse, bob):
    for _ in range(20):
        assert sign_in(browse(None)).status_code == 400
    refused = sign_in(browse(None), PASSWORD)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert b"This was tried too often." in refused.content
    assert b"sign-in link" in refused.content
    assert refused.wsgi_request.user.is_anonymous


def test_the_spelling_of_an_address_opens_no_second_count(browse, bob):
    for _ in range(20):
        sign_in(browse(None), email="BOB@example.org")
    assert sign_in(browse(None)).status_code == 429


def test_right_passwords_are_not_counted(browse, bob):
    for _ in range(25):
        assert sign_in(browse(None), PASSWORD).url == reverse("home")


def test_others_still_come_in_while_one_account_is_tried(browse, bob):
    User.objects.create_user("amy@example.org", PASSWORD)
    for _ in range(21):
        sign_in(browse(None))
    assert sign_in(browse(None), PASSWORD, "amy@example.org").status_code == 302


def test_many_accounts_tried_from_one_address_are_counted_too(browse, db):
    for number in range(60):
        sign_in(browse(None), email=f"person{number}@example.org")
    assert sign_in(browse(None), email="one-more@example.org").status_code == 429


def test_a_made_up_forwarding_header_is_no_other_address(browse, db):
    for number in range(60):
        sign_in(
            browse(None),
            email=f"person{number}@example.org",
            headers={"X-Forwarded-For": f"10.0.0.{number}"},
        )
    refused = sign_in(browse(None), headers={"X-Forwarded-For": "10.1.0.1"})
    assert refused.status_code == 429


@pytest.mark.parametrize("by", ["page", "rest"])
def test_a_borrowed_session_does_not_learn_the_password(browse, script, bob, by):
    browser, client = browse(bob), script(bob)
    new = "another long one"

    def change(old):
        if by == "page":
            return browser.post("/profile/password/", {"old": old, "password": new})
        return client.put("/api/v1/me/password/", {"old": old, "new": new})

    assert [change(f"guess {n}").status_code for n in range(20)] == [400] * 20
    refused = change(PASSWORD)
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 3600
    bob.refresh_from_db()
    assert bob.check_password(PASSWORD)


@pytest.fixture(params=["page", "rest"])
def lose(request, browse, script):
    """lose("bob@example.org") → what a stranger who says so is answered."""

    def lost(email):
        if request.param == "page":
            path = "/sign-in/lost-password/"
            return browse(None).post(path, {"email": email}, follow=True)
        return script(None).post("/api/v1/lost-passwords/", {"email": email})

    return lost


def test_nobodys_mailbox_is_filled_with_links(lose, bob, settings):
    settings.EMAIL_HOST = "mail.example.org"
    answers = [lose("bob@example.org") for _ in range(8)]
    assert [one.status_code == 429 for one in answers] == [False] * 5 + [True] * 3
    assert 0 < int(answers[-1]["Retry-After"]) <= 3600
    assert AccessLink.objects.count() == 5


def test_links_asked_for_on_the_page_and_over_rest_are_counted_together(
    browse, script, bob, settings
):
    settings.EMAIL_HOST = "mail.example.org"
    for _ in range(5):
        browse(None).post("/sign-in/lost-password/", {"email": "bob@example.org"})
    refused = script(None).post("/api/v1/lost-passwords/", {"email": "BOB@example.org"})
    assert refused.status_code == 429


def test_a_lost_password_says_the_same_of_a_stranger_and_of_who_was_deactivated(
    lose, bob, settings, django_capture_on_commit_callbacks
):
    settings.EMAIL_HOST = "mail.example.org"
    User.objects.create_user("gone@example.org", is_active=False)
    with django_capture_on_commit_callbacks() as mailed:
        known, unknown, gone = (lose(f"{one}@example.org") for one in ("bob", "nobody", "gone"))
    assert b"If there is an account with this address" in known.content
    assert known.status_code == unknown.status_code == gone.status_code
    if known["Content-Type"] == "application/json":
        assert known.content == unknown.content == gone.content
    assert len(mailed) == AccessLink.objects.count() == 1
    assert AccessLink.objects.get().user == bob


def test_over_rest_a_studio_without_mail_says_so_to_everybody(script, bob):
    asked = [
        script(None).post("/api/v1/lost-passwords/", {"email": f"{one}@example.org"})
        for one in ("bob", "nobody")
    ]
    assert [one.status_code for one in asked] == [503, 503]
    assert asked[0].json() == asked[1].json()
    assert not AccessLink.objects.exists()


def test_requests_over_rest_are_counted_for_each_person(script, olga, ada, project, settings):
    asker, other = script(olga), script(ada)
    settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["user"] = "3/hour"
    try:
        answers = [asker.get("/api/v1/me/") for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        assert 0 < int(answers[-1]["Retry-After"]) <= 3600
        assert answers[-1].json()["status"] == 429
        assert other.get("/api/v1/me/").status_code == 200
    finally:
        settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["user"] = "100000/min"
