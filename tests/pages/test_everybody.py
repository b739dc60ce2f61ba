"""The studio's owner looks after the people: a link for a lost password, out, and in again."""

import pytest

from authoring.models import AccessLink

pytestmark = pytest.mark.django_db


def test_a_password_link_is_shown_once_to_copy(browse, root, ada):
    browser = browse(root)
    shown = browser.post(f"/people/{ada.pk}/link/").content.decode()
    assert "/link/" in shown
    assert AccessLink.objects.get().user == ada
    assert 'id="person-link"' in shown
    assert 'id="person-link"' not in browser.get("/people/").content.decode()


def test_a_person_is_deactivated_and_let_back_in(browse, root, ada):
    browser = browse(root)
    browser.post(f"/people/{ada.pk}/deactivate/")
    ada.refresh_from_db()
    assert not ada.is_active
    browser.post(f"/people/{ada.pk}/reactivate/")
    ada.refresh_from_db()
    assert ada.is_active


def test_nobody_deactivates_themselves_and_the_page_says_why(browse, root):
    answer = browse(root).post(f"/people/{root.pk}/deactivate/")
    assert answer.status_code == 409
    assert "You can't deactivate yourself." in answer.content.decode().replace("&#x27;", "'")
    root.refresh_from_db()
    assert root.is_active


def test_others_may_do_none_of_it(browse, ada, rui):
    for deed in ("link", "deactivate", "reactivate"):
        assert browse(ada).post(f"/people/{rui.pk}/{deed}/").status_code == 403
