"""People come in by single-use links; a link works once, for whom it was made, and not too late."""

import threading
from datetime import timedelta

import pytest
from django.core import mail as outbox_of
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from authoring import mail
from authoring.actions import people, projects
from authoring.errors import Conflict, Invalid
from authoring.models import AccessLink, ApiToken, User

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def root(db):
    """The studio's owner."""
    return people.create_owner(email="Root@Example.org", name="Root")


def invite(project, olga, email="new@example.org", role="author"):
    return people.invite(project=project, email=email, role=role, by=olga)


def test_the_first_owner_signs_in_with_a_link_and_no_password(root):
    assert root.email == "root@example.org"
    assert not root.has_usable_password()
    assert people.redeem(token=people.sign_in_link(user=root, by=root)) == root


def test_an_invitation_makes_an_account_and_a_member(project, olga):
    token = invite(project, olga, email="New@Example.org")
    user = people.redeem(token=token, name="New", password=PASSWORD)
    assert (user.email, str(user)) == ("new@example.org", "New")
    assert user.check_password(PASSWORD)
    assert project.role_of(user) == "author"


def test_a_link_works_once(project, olga):
    token = invite(project, olga)
    people.redeem(token=token, password=PASSWORD)
    with pytest.raises(Conflict):
        people.redeem(token=token, password=PASSWORD)
    assert User.objects.filter(email="new@example.org").count() == 1


def test_of_two_who_found_the_same_link_the_slower_is_turned_away(root, ada, monkeypatch):
    token = people.sign_in_link(user=ada, by=root)
    found = AccessLink.find(token)
    monkeypatch.setattr(AccessLink, "find", classmethod(lambda cls, token: found))
    assert people.redeem(token=token) == ada
    with pytest.raises(Conflict):
        people.redeem(token=token)


def test_a_refused_password_leaves_the_link_usable(project, olga):
    token = invite(project, olga)
    with pytest.raises(Invalid) as refused:
        people.redeem(token=token, password="short")
    assert "password" in refused.value.fields
    assert people.redeem(token=token, password=PASSWORD).pk


def test_an_old_link_is_worthless(project, olga):
    token = invite(project, olga)
    AccessLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Conflict):
        people.redeem(token=token, password=PASSWORD)


def test_an_unknown_link_is_worthless(db):
    with pytest.raises(Conflict):
        people.redeem(token="guessed", password=PASSWORD)


def test_a_withdrawn_invitation_is_worthless(project, olga):
    token = invite(project, olga)
    people.withdraw_invitation(link=AccessLink.objects.get(), by=olga)
    with pytest.raises(Conflict):
        people.redeem(token=token, password=PASSWORD)


def test_an_invitation_never_lets_its_writer_into_somebody_elses_account(project, olga, eve):
    token = invite(project, olga, email=eve.email)
    with pytest.raises(Conflict):
        people.redeem(token=token, password=PASSWORD)
    with pytest.raises(Conflict):
        people.redeem(token=token, password=PASSWORD, signed_in=olga)
    assert people.redeem(token=token, signed_in=eve) == eve
    assert project.role_of(eve) == "author"
    eve.refresh_from_db()
    assert not eve.check_password(PASSWORD)


def test_a_member_is_not_invited_again(project, olga, ada):
    with pytest.raises(Conflict):
        invite(project, olga, email=ada.email)


@pytest.mark.parametrize(("email", "role"), [("no address", "author"), ("a@b.org", "emperor")])
def test_a_bad_invitation_is_refused(project, olga, email, role):
    with pytest.raises(Invalid):
        invite(project, olga, email=email, role=role)


def test_only_the_tokens_hash_is_kept(project, olga):
    token = invite(project, olga)
    row = AccessLink.objects.values().get()
    assert token not in map(str, row.values())


def test_only_the_studios_owner_makes_links_into_accounts(root, olga, ada):
    for make in (people.sign_in_link, people.password_link):
        with pytest.raises(PermissionDenied):
            make(user=ada, by=olga)
        assert make(user=ada, by=root)


def test_a_lost_password_is_replaced(root, ada):
    token = people.password_link(user=ada, by=root)
    with pytest.raises(Invalid):
        people.redeem(token=token)
    assert people.redeem(token=token, password=PASSWORD).check_password(PASSWORD)


def test_a_new_password_makes_every_other_link_into_the_account_worthless(root, ada):
    astray = [people.sign_in_link(user=ada, by=root), people.password_link(user=ada, by=root)]
    people.redeem(token=people.password_link(user=ada, by=root), password=PASSWORD)
    for token in astray:
        with pytest.raises(Conflict):
            people.redeem(token=token, password="another long one")
    later = people.sign_in_link(user=ada, by=root)
    people.change_password(old=PASSWORD, new="another long one", by=ada)
    with pytest.raises(Conflict):
        people.redeem(token=later)


def test_whoever_is_locked_out_comes_back_by_no_invitation_of_their_own(root, project, olga):
    token = invite(project, olga, email="olga.again@example.org", role="owner")
    people.deactivate(user=olga, by=root)
    with pytest.raises(Conflict):
        people.redeem(token=token, password=PASSWORD)


def test_an_invitation_into_a_deleted_project_is_worthless_until_it_is_back(project, olga):
    token = invite(project, olga)
    projects.delete(project=project, by=olga)
    with pytest.raises(Conflict):
        people.redeem(token=token, password=PASSWORD)
    assert not User.objects.filter(email="new@example.org").exists()
    projects.restore(project=project, by=olga)
    assert project.role_of(people.redeem(token=token, password=PASSWORD)) == "author"


def test_nobody_waits_for_the_mail_server(
    ada, settings, monkeypatch, django_capture_on_commit_callbacks
):
    settings.EMAIL_HOST = "localhost"
    answered, sent = threading.Event(), threading.Event()
    monkeypatch.setattr(mail, "send_mail", lambda *_: answered.wait() and sent.set())
    with django_capture_on_commit_callbacks(execute=True):
        people.request_password(email=ada.email)
    assert not sent.is_set(), "the server is still silent, and we are here"
    answered.set()
    assert sent.wait(600)


def mailed():
    """Once every mail is out."""
    for one in threading.enumerate():
        if one.name == "a link by mail":
            one.join()
    return outbox_of.outbox


def test_a_lost_password_is_mailed_only_to_a_known_address(
    ada, settings, django_capture_on_commit_callbacks
):
    settings.EMAIL_HOST = "localhost"
    with django_capture_on_commit_callbacks(execute=True):
        people.request_password(email="Ada@example.org")
        people.request_password(email="nobody@example.org")
    [message] = mailed()
    assert message.to == [ada.email]
    assert "/link/" in message.body


def test_nothing_is_mailed_where_no_server_is_set(
    project, olga, ada, settings, django_capture_on_commit_callbacks
):
    settings.EMAIL_HOST = ""
    with django_capture_on_commit_callbacks(execute=True):
        invite(project, olga)
        people.request_password(email=ada.email)
    assert mailed() == []


def test_a_mail_server_that_is_down_costs_the_mail_and_not_the_link(
    project, olga, settings, django_capture_on_commit_callbacks
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with django_capture_on_commit_callbacks(execute=True):
        token = invite(project, olga)
    mailed()
    assert people.redeem(token=token, password=PASSWORD)


def test_a_deactivated_person_is_out_at_once_and_stays_the_author(root, ada, write, client):
    pair = write("Say hello", "Hello!")
    _token, plain = ApiToken.issue(user=ada, name="script")
    link = people.sign_in_link(user=ada, by=root)
    people.deactivate(user=ada, by=root)
    assert ApiToken.find(plain) is None
    with pytest.raises(Conflict):
        people.redeem(token=link)
    pair.refresh_from_db()
    assert (pair.author, pair.head.author) == (ada, ada)
    people.reactivate(user=ada, by=root)
    assert ApiToken.find(plain).user == ada


def test_nobody_deactivates_themselves_or_others_without_owning_the_studio(root, olga, ada):
    with pytest.raises(Conflict):
        people.deactivate(user=root, by=root)
    with pytest.raises(PermissionDenied):
        people.deactivate(user=ada, by=olga)


def test_the_old_password_is_asked_for(ada):
    people.change_password(old="", new=PASSWORD, by=ada)
    with pytest.raises(Invalid) as refused:
        people.change_password(old="wrong", new="another good one", by=ada)
    assert "old" in refused.value.fields
    assert ada.check_password(PASSWORD)


@pytest.mark.parametrize(
    "bad", [{"time_zone": "Mars/Base"}, {"language": "xx"}, {"theme": "neon"}, {"email": "x@y.org"}]
)
def test_a_profile_takes_only_what_the_studio_knows(ada, bad):
    with pytest.raises((Invalid, ValidationError)):
        people.change_profile(by=ada, **bad)
    ada.refresh_from_db()
    assert (ada.time_zone, ada.language, ada.theme) == ("", "", "system")


def test_a_profile_is_changed(ada):
    people.change_profile(by=ada, time_zone="Asia/Shanghai", language="zh-hans", theme="dark")
    ada.refresh_from_db()
    assert (ada.time_zone, ada.language, ada.theme) == ("Asia/Shanghai", "zh-hans", "dark")
