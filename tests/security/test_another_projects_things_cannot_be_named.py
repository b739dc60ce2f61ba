"""Who owns one project can't reach into another through the ids in a body (Langfuse CVE-2025-59305)."""

import pytest
from django.core.files.base import ContentFile

from authoring.actions import imports, projects
from authoring.models import Import, Pair, Snapshot, Task
from authoring.tasks import work_on_import
from evaluation.models import Evaluation
from training.models import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def eves(eve):
    """Eve's own project, in which she may do everything."""
    return projects.create(name="Eves", by=eve)


def counted() -> list[int]:
    return [model.objects.count() for model in (Pair, Run, Evaluation, Snapshot, Import)]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (
            "projects/eves/runs/",
            {"method": "sft", "base_model": "models", "snapshot": "snapshots"},
            400,
        ),
        ("projects/eves/runs/", {"like": "runs"}, 400),
        ("evaluations/", {"base_model": "models", "snapshot": "snapshots"}, 400),
        ("evaluations/", {"checkpoint": "checkpoints", "snapshot": "snapshots"}, 400),
        ("projects/eves/pairs/", {"task": "poison", "instruction": "a", "response": "b"}, 400),
        ("projects/eves/snapshots/", {"tasks": ["poison"]}, {400, 422}),
        ("projects/eves/claims/", {"after": "pairs"}, 204),
    ],
)
def test_a_body_names_only_what_its_writer_may_see(script, eve, eves, world, path, body, status):
    given = {
        name: world.get(one, one) if isinstance(one, str) else one for name, one in body.items()
    }
    before = counted()
    answer = script(eve).post(f"/api/v1/{path}", given)
    assert answer.status_code in (status if isinstance(status, set) else {status})
    assert counted() == before


def test_a_batch_leaves_others_pairs_alone(script, eve, eves, world):
    body = {"deed": "delete", "pairs": [world["pairs"]]}
    answer = script(eve).post("/api/v1/projects/eves/pair-batches/", body)
    assert answer.json().get("done", []) == []
    assert Pair.objects.get(pk=world["pairs"]).deleted_at is None


def test_a_pair_is_not_moved_into_another_project(script, olga, world, eves):
    foreign = Task.objects.create(project=eves, slug="foreign", name="Foreign", kind="chat")
    body = {"parent": 2, "task": foreign.slug, "response": "b"}
    answer = script(olga).post(f"/api/v1/pairs/{world['pairs']}/revisions/", body)
    assert answer.status_code == 400
    assert Pair.objects.get(pk=world["pairs"]).project.slug == "poison"


def test_the_pages_take_no_foreign_ids_either(browse, eve, eves, world):
    task = Task.objects.create(project=eves, slug="chat", name="Chat", kind="chat")
    browser, before = browse(eve), counted()
    assert browser.get(f"/p/eves/pairs/{world['pairs']}/").status_code == 404
    assert browser.get(f"/p/eves/snapshots/{world['snapshots']}/").status_code == 404
    assert browser.get(f"/p/eves/imports/{world['imports']}/").status_code == 404
    assert browser.get(f"/p/eves/runs/{world['runs']}/").status_code == 404
    assert browser.get(f"/p/eves/checkpoints/{world['checkpoints']}/").status_code == 404
    assert browser.get(f"/p/eves/evaluations/{world['evaluations']}/").status_code == 404
    assert browser.get(f"/p/eves/predictions/{world['predictions']}/").status_code == 404
    assert browser.get(f"/p/eves/settings/tasks/{world['tasks']}/").status_code == 404
    page = browser.get(f"/p/eves/write/?task={task.slug}&like={world['predictions']}")
    assert b"xyzzy" not in page.content
    browser.post("/p/eves/write/", {"task": world["tasks"], "turn": "a", "response": "b"})
    assert counted() == before


def test_a_worker_writes_as_whoever_asked_and_only_what_was_asked_for(ada, chat, project):
    file = ContentFile(b'{"instruction": "Say hello", "response": "Hello!"}', name="a.jsonl")
    made = imports.upload(project=project, task=chat, file=file, by=ada)
    work_on_import(made.pk)  # a message that anybody could have sent: nobody asked to write yet
    assert not made.pairs.exists()
    imports.commit(dataset_import=made, by=ada)
    work_on_import(made.pk)
    assert [pair.author for pair in made.pairs.all()] == [ada]
