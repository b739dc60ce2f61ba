"""A project's own pages: made, described, its tasks, its members, deleted and brought back."""

import pytest

from authoring.models import AccessLink, Project, Task

pytestmark = pytest.mark.django_db


def task(**fields):
    whole = dict.fromkeys(
        (
            "labels",
            "instruction",
            "system",
            "input_form",
            "output_form",
            "guidelines",
            "metric",
            "reward",
        ),
        "",
    )
    return whole | {"name": "Intent", "kind": "classification"} | fields


def test_whoever_makes_a_project_owns_it(browse, eve):
    answer = browse(eve).post("/projects/new/", {"name": "Poems", "description": "Short ones"})
    project = Project.objects.get()
    assert answer.url == "/p/poems/"
    assert project.role_of(eve) == "owner"


def test_a_chinese_name_gets_an_address_too(browse, eve):
    answer = browse(eve).post("/projects/new/", {"name": "诗歌"})
    assert browse(eve).get(answer.url).status_code == 200


def test_a_project_without_a_name_is_refused(browse, eve):
    assert browse(eve).post("/projects/new/", {"name": " "}).status_code == 400


def test_settings_are_saved(browse, at, project, olga):
    fields = {"name": "Post", "description": "", "guidelines": "Be *kind*", "approvals_required": 2}
    browse(olga).post(at("project_settings"), fields)
    project.refresh_from_db()
    assert (project.name, project.guidelines, project.approvals_required) == (
        "Post",
        "Be *kind*",
        2,
    )


def test_a_setting_out_of_range_keeps_what_was_typed(browse, at, project, olga):
    fields = {"name": "Post", "guidelines": "a long text", "approvals_required": 0}
    answer = browse(olga).post(at("project_settings"), fields)
    assert answer.status_code == 400
    assert "a long text" in answer.content.decode()
    project.refresh_from_db()
    assert project.name == "Letters"


def test_a_task_is_added_with_its_labels_one_a_line(browse, at, project, olga):
    browse(olga).post(at("task_new"), task(labels="refund\r\n book \r\n\r\nrefund"))
    assert Task.objects.get().labels == ["refund", "book"]


def test_a_classification_needs_two_labels_and_says_so_at_the_field(browse, at, project, olga):
    answer = browse(olga).post(at("task_new"), task(labels="only one", guidelines="kept"))
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "List every label that an answer may be." in page
    assert "kept" in page
    assert not Task.objects.exists()


def test_a_task_is_changed(browse, at, olga, intent):
    answer = browse(olga).get(at("task_edit", pk=intent.pk))
    assert "book\ncancel\nrefund" in answer.content.decode()
    browse(olga).post(at("task_edit", pk=intent.pk), task(name="Wishes", labels="a\nb"))
    intent.refresh_from_db()
    assert (intent.name, intent.labels, intent.slug) == ("Wishes", ["a", "b"], "intent")


def test_a_task_with_pairs_stays(browse, at, olga, chat, write):
    write("one")
    answer = browse(olga).post(at("task_remove", pk=chat.pk))
    assert answer.status_code == 409
    assert "Move its pairs to another task first." in answer.content.decode()
    assert Task.objects.filter(pk=chat.pk).exists()


def test_a_task_without_pairs_goes(browse, at, olga, chat):
    browse(olga).post(at("task_remove", pk=chat.pk))
    assert not Task.objects.exists()


def test_an_invitation_link_is_shown_once_and_can_be_withdrawn(browse, at, olga, project):
    browser = browse(olga)
    fields = {"email": "new@example.org", "role": "author"}
    assert "/link/" in browser.post(at("members"), fields).context["link"]
    page = browser.get(at("members")).content.decode()
    assert "/link/" not in page
    assert "new@example.org" in page
    browser.post(at("invitation_withdraw", pk=AccessLink.objects.get().pk))
    assert "new@example.org" not in browser.get(at("members")).content.decode()


def test_whoever_is_a_member_is_not_invited_again(browse, at, olga, ada):
    answer = browse(olga).post(at("members"), {"email": ada.email, "role": "viewer"})
    assert answer.status_code == 409
    assert "is a member already" in answer.content.decode()


def test_a_role_is_changed(browse, at, project, olga, ada):
    pk = project.memberships.get(user=ada).pk
    browse(olga).post(at("member_role", pk=pk), {"role": "reviewer"})
    assert project.role_of(ada) == "reviewer"


def test_the_last_owner_stays(browse, at, project, olga):
    pk = project.memberships.get(user=olga).pk
    for deed, fields in (("member_role", {"role": "viewer"}), ("member_remove", {})):
        answer = browse(olga).post(at(deed, pk=pk), fields)
        assert answer.status_code == 409
        assert "A project needs an owner" in answer.content.decode()
    assert project.role_of(olga) == "owner"


def test_one_may_leave_and_not_send_others_away(browse, at, project, ada, vera):
    theirs = project.memberships.get(user=vera).pk
    assert browse(ada).post(at("member_remove", pk=theirs)).status_code == 403
    browse(ada).post(at("member_remove", pk=project.memberships.get(user=ada).pk))
    assert project.role_of(ada) is None
    assert project.role_of(vera) == "viewer"


def test_a_deleted_project_is_brought_back_by_its_owner(browse, at, project, olga, ada):
    browse(olga).post(at("project_delete"))
    assert at("project_restore") in browse(olga).get("/").content.decode()
    assert browse(ada).post(at("project_restore")).status_code == 404
    browse(olga).post(at("project_restore"))
    assert browse(ada).get(at("project")).status_code == 200


def test_metrics_and_rewards_are_called_by_their_names(browse, at, project, olga):
    made = Task.objects.create(project=project, slug="intent", name="Intent", kind="classification")
    for page in (at("project_settings"), at("task_edit", pk=made.pk)):
        text = browse(olga).get(page).content.decode()
        assert "F1, macro" in text
        assert "Right label" in text
    assert ">f1_macro<" not in text
