"""From a wrong answer to the editor: the frame of the question, never the question itself."""

import pytest

from authoring.models import Project, Task


@pytest.fixture
def opened(client, ada):
    """opened(revision) → the editor as Ada sees it."""
    client.force_login(ada)

    def editor(revision):
        task = revision.pair.task.slug
        return client.get("/p/letters/write/", {"task": task, "like": revision.pk})

    return editor


def test_the_editor_opens_with_task_tags_and_language(opened, write, intent):
    form = opened(write(intent, "取消我的订座", "cancel", language="zh", tags=["short"])).context[
        "form"
    ]
    assert form["task"].value() == intent.pk
    assert (form["language"].value(), form["tags"].value()) == ("zh", "short")


def test_the_question_of_the_test_split_is_not_copied(opened, write, intent):
    page = opened(write(intent, "Cancel my table for nine", "cancel")).content.decode()
    assert "Cancel my table for nine" not in page


def test_a_pair_of_another_project_can_not_be_taken(client, eve, write, intent):
    mine = Project.objects.create(name="Eve's", slug="eves", created_by=eve)
    mine.memberships.create(user=eve, role="owner")
    Task.objects.create(project=mine, slug="intent", name="Mine", kind="free")
    client.force_login(eve)
    revision = write(intent, "Cancel my table", "cancel")
    answer = client.get("/p/eves/write/", {"task": "intent", "like": revision.pk})
    assert answer.status_code == 404
