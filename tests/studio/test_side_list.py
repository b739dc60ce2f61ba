"""The side list shows the loop of one's own project, and nothing of another's."""

from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import ResolverMatch

from instructstudio import context


def seen_by(user, slug="letters", name="review"):
    request = RequestFactory().get("/")
    request.user = user
    request.resolver_match = ResolverMatch(lambda: None, (), {"slug": slug}, url_name=name)
    return context.studio(request)


def test_a_member_sees_their_projects(ada, project):
    assert list(seen_by(ada)["my_projects"]) == [project]


def test_a_stranger_sees_neither_project_nor_list(eve, project):
    known = seen_by(eve)
    assert list(known["my_projects"]) == []
    assert list(known["nav"]) == []


def test_a_visitor_sees_none(project):
    assert list(seen_by(AnonymousUser())["nav"]) == []


def test_a_page_without_a_project_has_no_list(ada, project):
    assert list(seen_by(ada, slug=None)["nav"]) == []


def test_a_theme_that_does_not_exist_is_the_systems(ada):
    ada.theme = "pink"
    assert seen_by(ada)["theme"] == "system"
