"""Two owners who change one project at once: neither writes over the other unseen."""

import html
import re

import pytest

from authoring.actions import project_tasks, projects
from tests.pages.test_project_settings import task as task_fields

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SETTINGS = {"name": "Letters", "description": "", "guidelines": "", "approvals_required": 1}


def seen(page) -> str:
    return html.unescape(re.search(r'name="seen" value="([^"]*)"', page.content.decode())[1])


@pytest.fixture
def pat(project):
    from authoring.models import Membership, User

    made = User.objects.create_user("pat@example.org", name="Pat")
    Membership.objects.create(project=project, user=made, role="owner")
    return made


def test_what_each_changed_stands_when_they_changed_different_things(
    browse, at, project, olga, pat
):
    opened = seen(browse(olga).get(at("project_settings")))
    projects.change(project=project, by=pat, guidelines="Be kind.\nBe brief.")
    answer = browse(olga).post(at("project_settings"), SETTINGS | {"name": "Post", "seen": opened})
    assert answer.status_code == 302
    project.refresh_from_db()
    assert (project.name, project.guidelines) == ("Post", "Be kind.\nBe brief.")


def test_the_slower_of_two_texts_is_shown_beside_the_other_and_saved_knowingly(
    browse, at, project, olga, pat
):
    browser = browse(olga)
    opened = seen(browser.get(at("project_settings")))
    projects.change(project=project, by=pat, guidelines="Be kind always")
    mine = SETTINGS | {"guidelines": "Be brief always"}
    page = browser.post(at("project_settings"), mine | {"seen": opened})
    text = page.content.decode()
    assert page.status_code == 409
    assert "Be brief always" in text
    assert "[removed: </span>kind<" in text
    assert "[added: </span>brief<" in text
    project.refresh_from_db()
    assert project.guidelines == "Be kind always"

    assert browser.post(at("project_settings"), mine | {"seen": seen(page)}).status_code == 302
    project.refresh_from_db()
    assert project.guidelines == "Be brief always"


def test_an_error_of_another_kind_does_not_make_what_is_unseen_seen(browse, at, project, olga, pat):
    browser = browse(olga)
    opened = seen(browser.get(at("project_settings")))
    projects.change(project=project, by=pat, guidelines="Be kind")
    mine = SETTINGS | {"guidelines": "Be brief", "seen": opened}
    page = browser.post(at("project_settings"), mine | {"approvals_required": 0})
    assert page.status_code == 400
    assert browser.post(at("project_settings"), mine | {"seen": seen(page)}).status_code == 409


def test_lines_as_browsers_send_them_are_no_change(browse, at, project, olga, pat):
    projects.change(project=project, by=olga, guidelines="One\nTwo\n")
    opened = seen(browse(olga).get(at("project_settings")))
    projects.change(project=project, by=pat, guidelines="Three")
    sent = SETTINGS | {"guidelines": "One\r\nTwo", "name": "Post", "seen": opened}
    assert browse(olga).post(at("project_settings"), sent).status_code == 302
    project.refresh_from_db()
    assert (project.name, project.guidelines) == ("Post", "Three")


def test_labels_of_a_task_are_not_lost_either(browse, at, olga, pat, intent):
    browser = browse(olga)
    address = at("task_edit", pk=intent.pk)
    opened = seen(browser.get(address))
    project_tasks.change(task=intent, by=pat, labels=["book", "cancel", "refund", "other"])
    mine = task_fields(
        labels="book\r\ncancel\r\nrefund\r\ncomplain", instruction=intent.instruction
    )
    page = browser.post(address, mine | {"seen": opened})
    assert page.status_code == 409
    assert "other" in page.content.decode()
    intent.refresh_from_db()
    assert intent.labels[-1] == "other"
    assert browser.post(address, mine | {"seen": seen(page)}).status_code == 302
    intent.refresh_from_db()
    assert intent.labels[-1] == "complain"


def test_over_rest_a_change_writes_what_it_names_and_nothing_else(project, olga, pat):
    stale = type(project).objects.get()
    projects.change(project=project, by=pat, guidelines="Be kind")
    projects.change(project=stale, by=olga, name="Post")
    project.refresh_from_db()
    assert (project.name, project.guidelines) == ("Post", "Be kind")
