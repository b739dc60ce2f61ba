"""Profile, password and tokens: one's own, and only those."""

import pytest

from authoring.models import ApiToken

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


def profile(**changes):
    return {"name": "Ada", "language": "", "time_zone": "", "theme": "system"} | changes


def test_the_profile_keeps_name_language_zone_and_theme(browse, ada):
    changes = profile(name="Ada L.", language="zh-hans", time_zone="Asia/Shanghai", theme="dark")
    answer = browse(ada).post("/profile/", changes, follow=True)
    ada.refresh_from_db()
    assert (ada.name, ada.language, ada.time_zone, ada.theme) == tuple(changes.values())
    assert 'lang="zh-hans"' in answer.content.decode()


def test_a_zone_that_does_not_exist_is_refused_with_the_name_kept(browse, ada):
    answer = browse(ada).post("/profile/", profile(name="Ada X", time_zone="Mars/Base"))
    assert answer.status_code == 400
    assert b"Ada X" in answer.content


def test_a_password_is_changed_by_whoever_knows_the_old_one(browse, ada):
    ada.set_password(PASSWORD)
    ada.save()
    browser = browse(ada)
    new = {"old": PASSWORD, "password": "another good one"}
    assert browser.post("/profile/password/", new | {"old": "wrong"}).status_code == 400
    assert browser.post("/profile/password/", new).status_code == 302
    assert browser.get("/profile/").status_code == 200, "one stays signed in"
    ada.refresh_from_db()
    assert ada.check_password("another good one")


def test_a_new_token_is_shown_once_and_works(browse, client, ada):
    browser = browse(ada)
    shown = browser.post("/tokens/", {"name": "nightly CI"})
    plain = shown.context["plain"]
    assert plain in shown.content.decode()
    assert plain not in browser.get("/tokens/").content.decode()
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {plain}"}
    assert client.get("/api/v1/projects/", **bearer).status_code == 200


def test_a_revoked_token_is_worthless_and_others_tokens_are_not_mine_to_revoke(browse, ada, rui):
    browser = browse(ada)
    plain = browser.post("/tokens/", {"name": "CI"}).context["plain"]
    token = ApiToken.objects.get()
    assert browse(rui).post(f"/tokens/{token.pk}/revoke/").status_code == 404
    browser.post(f"/tokens/{token.pk}/revoke/")
    assert ApiToken.find(plain) is None


def test_a_token_needs_a_name(browse, ada):
    assert browse(ada).post("/tokens/", {"name": " "}).status_code == 400
    assert not ApiToken.objects.exists()
