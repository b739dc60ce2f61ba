"""Projects always have an owner; deleting one loses nothing."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from authoring.actions import people, projects
from authoring.errors import Conflict, Invalid
from authoring.models import Project

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_whoever_makes_a_project_owns_it(eve):
    project = projects.create(name="My letters", by=eve)
    assert (project.slug, project.role_of(eve)) == ("my-letters", "owner")


def test_each_project_has_an_address_of_its_own(eve):
    slugs = [projects.create(name=name, by=eve).slug for name in ("A b", "a B", "北京", "上海")]
    assert slugs == ["a-b", "a-b-2", "project", "project-2"]


def test_a_project_needs_a_name_and_an_approval(olga, project):
    with pytest.raises(ValidationError):
        projects.create(name=" ", by=olga)
    with pytest.raises(ValidationError):
        projects.change(project=project, approvals_required=0, by=olga)


def test_only_known_fields_are_changed(olga, project):
    with pytest.raises(Invalid):
        projects.change(project=project, slug="elsewhere", by=olga)


def test_the_last_owner_stays_one(project, olga, ada):
    with pytest.raises(Conflict):
        projects.set_role(project=project, user=olga, role="viewer", by=olga)
    with pytest.raises(Conflict):
        projects.remove_member(project=project, user=olga, by=olga)
    projects.set_role(project=project, user=ada, role="owner", by=olga)
    projects.remove_member(project=project, user=olga, by=olga)
    assert project.role_of(olga) is None


def test_an_owner_who_was_deactivated_does_not_count_as_one(project, olga, ada):
    root = people.create_owner(email="root@example.org")
    projects.set_role(project=project, user=ada, role="owner", by=olga)
    people.deactivate(user=ada, by=root)
    with pytest.raises(Conflict):
        projects.remove_member(project=project, user=olga, by=olga)


def test_a_member_may_leave_but_not_take_others_out(project, ada, vera):
    with pytest.raises(PermissionDenied):
        projects.remove_member(project=project, user=vera, by=ada)
    projects.remove_member(project=project, user=ada, by=ada)
    assert project.role_of(ada) is None


def test_who_left_keeps_their_authorship(project, olga, ada, write):
    pair = write("Say hello", "Hello!")
    projects.remove_member(project=project, user=ada, by=olga)
    pair.refresh_from_db()
    assert pair.author == ada


def test_there_is_no_such_role(project, olga, ada):
    with pytest.raises(Invalid):
        projects.set_role(project=project, user=ada, role="emperor", by=olga)


def test_a_deleted_project_is_hidden_and_comes_back_whole(project, olga, ada, write):
    pair = write("Say hello", "Hello!")
    projects.delete(project=project, by=olga)
    assert not Project.objects.for_user(ada).exists()
    projects.restore(project=project, by=olga)
    assert Project.objects.for_user(ada).get() == project
    assert project.pairs.get() == pair
