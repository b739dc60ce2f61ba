"""Signing in by password, by a single-use link, and out again."""

import pytest
from django.urls import reverse

from authoring.actions import people
from authoring.models import User

PASSWORD = "correct horse battery"
pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(db):
    return User.objects.create_user("bob@example.org", PASSWORD, name="Bob")


def sign_in(client, password=PASSWORD, email="Bob@Example.org", **more):
    return client.post("/sign-in/", {"email": email, "password": password, **more})


def test_the_right_password_signs_in(client, bob):
    answer = sign_in(client)
    assert answer.url == reverse("home")
    assert client.get("/profile/").status_code == 200


def test_a_wrong_password_says_so_and_keeps_the_address(client, bob):
    answer = sign_in(client, password="wrong")
    assert answer.status_code == 400
    assert b"Bob@Example.org" in answer.content
    assert b"No account has this e-mail address and password." in answer.content


def test_a_deactivated_person_stays_out(client, bob):
    User.objects.update(is_active=False)
    assert sign_in(client).status_code == 400


def test_one_goes_on_to_where_one_wanted_to_go(client, bob):
    assert sign_in(client, next="/tokens/").url == "/tokens/"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)"]
)
def test_nobody_is_sent_to_another_site(client, bob, elsewhere):
    assert sign_in(client, next=elsewhere).url == reverse("home")


def test_signing_out_needs_a_post(client, bob):
    client.force_login(bob)
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")
    assert client.get("/profile/").status_code == 302


def test_looking_at_a_link_does_not_use_it_up(client, olga, project):
    token = people.invite(project=project, email="new@example.org", role="author", by=olga)
    for _ in range(3):
        assert client.get(f"/link/{token}/").status_code == 200
    assert not User.objects.filter(email="new@example.org").exists()


def test_an_invitation_lets_a_new_person_into_the_project_once(client, olga, project):
    token = people.invite(project=project, email="new@example.org", role="author", by=olga)
    answer = client.post(f"/link/{token}/", {"name": "New", "password": PASSWORD})
    assert answer.url == f"/p/{project.slug}/"
    assert client.get(answer.url).status_code == 200
    assert client.post(f"/link/{token}/", {"password": PASSWORD}).status_code == 410


def test_a_poor_password_is_refused_with_the_name_kept(client, olga, project):
    token = people.invite(project=project, email="new@example.org", role="author", by=olga)
    answer = client.post(f"/link/{token}/", {"name": "Newton", "password": "12345"})
    assert answer.status_code == 400
    assert b"Newton" in answer.content
    assert client.post(f"/link/{token}/", {"password": PASSWORD}).status_code == 302


def test_whoever_has_an_account_signs_in_to_accept(client, olga, project, bob):
    token = people.invite(project=project, email=bob.email, role="author", by=olga)
    page = client.get(f"/link/{token}/").content.decode()
    assert f"/sign-in/?next=/link/{token}/" in page
    assert client.post(f"/link/{token}/", {}).status_code == 409
    client.force_login(bob)
    assert client.post(f"/link/{token}/", {}).status_code == 302
    assert project.role_of(bob) == "author"


def test_a_password_link_sets_the_password_and_signs_in(client, root, bob):
    token = people.password_link(user=bob, by=root)
    client.post(f"/link/{token}/", {"password": "a whole new password"})
    bob.refresh_from_db()
    assert bob.check_password("a whole new password")
    assert client.get("/profile/").status_code == 200


def test_an_unknown_link_is_gone_and_says_what_to_do(client, db):
    answer = client.get("/link/nothing-here/")
    assert answer.status_code == 410
    assert "/sign-in/" in answer.content.decode()


def test_a_lost_password_tells_nobody_who_has_an_account(client, bob, settings):
    settings.EMAIL_HOST = "mail.example.org"
    known = client.post("/sign-in/lost-password/", {"email": bob.email})
    unknown = client.post("/sign-in/lost-password/", {"email": "nobody@example.org"})
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
