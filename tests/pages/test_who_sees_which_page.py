"""Every page of a project: for members in the right role, and for nobody else."""

import pytest

from authoring.permissions import DEEDS

pytestmark = pytest.mark.django_db

PAGES = {
    "project": "view",
    "pairs": "view",
    "pair_new": "write",
    "review": "review",
    "imports": "view",
    "import_new": "import",
    "snapshots": "view",
    "snapshot_new": "freeze",
    "project_settings": "manage",
    "task_new": "manage",
    "members": "view",
}
"""page → the deed that it needs"""

DEEDS_BY_POST = {
    "project_delete": "manage",
    "autosave_new": "write",
    "pairs_bulk": "write",
    "pairs_undo": "write",
    "coach": "write",
    "guide": "write",
    "pair_preview": "write",
    "token_view": "write",
}


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_sent_to_sign_in_and_back(browse, at, page, project):
    answer = browse(None).get(at(page))
    assert answer.status_code == 302
    assert answer.url == f"/sign-in/?next={at(page)}"


@pytest.mark.parametrize("page", PAGES)
def test_an_outsider_learns_nothing_of_a_project(browse, at, page, project, eve):
    assert browse(eve).get(at(page)).status_code == 404


@pytest.mark.parametrize(("page", "deed"), PAGES.items())
def test_a_page_opens_for_the_roles_that_may(
    browse, at, page, deed, chat, olga, ada, rui, tao, vera
):
    roles = {"owner": olga, "author": ada, "reviewer": rui, "trainer": tao, "viewer": vera}
    for role, person in roles.items():
        expected = 200 if role in DEEDS[deed] else 403
        assert browse(person).get(at(page)).status_code == expected, f"{role} at {page}"


@pytest.mark.parametrize(("page", "deed"), DEEDS_BY_POST.items())
def test_a_deed_is_refused_to_the_roles_that_may_not(
    browse, at, page, deed, ada, rui, tao, vera, eve
):
    for role, person in {"author": ada, "reviewer": rui, "trainer": tao, "viewer": vera}.items():
        if role not in DEEDS[deed]:
            assert browse(person).post(at(page)).status_code == 403, f"{role} at {page}"
    assert browse(eve).post(at(page)).status_code == 404


@pytest.mark.parametrize("page", DEEDS_BY_POST)
def test_a_deed_is_never_done_by_a_link(browse, at, page, olga):
    assert browse(olga).get(at(page)).status_code == 405


def test_a_deleted_project_is_gone_for_its_members_too(browse, at, project, olga):
    browse(olga).post(at("project_delete"))
    assert browse(olga).get(at("project")).status_code == 404


def test_a_deactivated_person_is_signed_out(browse, at, ada):
    browser = browse(ada)
    ada.is_active = False
    ada.save()
    assert browser.get(at("pairs")).status_code == 302


def test_only_the_studios_owner_sees_everybody(browse, ada, root):
    assert browse(ada).get("/people/").status_code == 403
    assert browse(root).get("/people/").status_code == 200
