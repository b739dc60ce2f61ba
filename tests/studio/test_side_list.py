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


def test_nobody_is_led_to_a_closed_door(vera, ada, olga):
    def pages(user):
        return {line["url"].split("/")[3] for group in seen_by(user)["nav"] for line in group}

    assert not {"write", "review", "settings"} & pages(vera)
    assert {"pairs", "dashboard", "members"} <= pages(vera)
    assert "write" in pages(ada)
    assert {"write", "review", "settings"} <= pages(olga)


def test_what_waits_for_ones_verdict_is_counted_up_to_a_limit(rui, ada, project, monkeypatch):
    from authoring.actions import pairs, project_tasks

    task = project_tasks.add(project=project, name="Free", kind="free", by=project.created_by)
    for n in range(3):
        made = pairs.write(task=task, content={"instruction": str(n), "response": "y"}, by=ada)
        pairs.submit(pair=made.pair, by=ada)
    review = next(line for line in seen_by(rui)["nav"][0] if line["due"])
    assert review["count"] == "3"
    monkeypatch.setattr(context, "COUNTED", 2)
    review = next(line for line in seen_by(rui)["nav"][0] if line["due"])
    assert review["count"] == "2+"
