"""The permissions table, walked whole: every deed × every role × every address of the REST API."""

from typing import Any, NamedTuple

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse

from authoring.actions import bulk, people, snapshots
from authoring.api.urls import urlpatterns
from authoring.models import Membership, Project
from authoring.permissions import DEEDS, Role, allowed, require
from authoring.snapshot_settings import SnapshotSettings
from tests.authoring.conftest import LABELS
from tests.cast import member, person

pytestmark = pytest.mark.django_db

SELF = "self"
"""What anybody may do who is signed in: it is about themselves."""
STUDIO = "studio"
"""What the studio's owner alone may do."""
HALVES = {"train": 0.5, "validation": 0, "test": 0.5}
ROW = b'{"instruction": "Say hello", "response": "Hello!"}'


class Asked(NamedTuple):
    """A request, the deed it needs, and what of the project's world it names."""

    deed: str
    method: str
    name: str
    on: str = "slug"
    body: dict[str, Any] | None = None


TABLE = [
    Asked(SELF, "get", "api_me", ""),
    Asked(SELF, "patch", "api_me", "", {"theme": "dark"}),
    Asked(SELF, "put", "api_my_password", "", {"new": "correct horse battery"}),
    Asked(SELF, "get", "api_tokens", ""),
    Asked(SELF, "post", "api_tokens", "", {"name": "script"}),
    Asked(SELF, "get", "api_projects", ""),
    Asked(SELF, "post", "api_projects", "", {"name": "Mine"}),
    Asked(STUDIO, "get", "api_people", ""),
    Asked(STUDIO, "patch", "api_person", "person", {"is_active": False}),
    Asked(STUDIO, "post", "api_person_links", "person", {"purpose": "sign_in"}),
    Asked("view", "get", "api_project"),
    Asked("view", "get", "api_members"),
    Asked("view", "get", "api_tasks"),
    Asked("view", "get", "api_pairs"),
    Asked("view", "get", "api_imports"),
    Asked("view", "get", "api_snapshots"),
    Asked("view", "get", "api_project_export"),
    Asked("view", "get", "api_task", "task"),
    Asked("view", "get", "api_pair", "draft"),
    Asked("view", "get", "api_revisions", "draft"),
    Asked("view", "get", "api_pair_reviews", "draft"),
    Asked("view", "get", "api_import", "checked"),
    Asked("view", "get", "api_import_problems", "checked"),
    Asked("view", "get", "api_snapshot", "snapshot"),
    Asked("view", "get", "api_snapshot_items", "snapshot"),
    Asked("view", "get", "api_snapshot_export", "snapshot"),
    Asked("write", "post", "api_pairs", body={"task": "chat", "instruction": "Hi"}),
    Asked("write", "post", "api_coach", body={"task": "chat", "instruction": "Hi"}),
    Asked("write", "post", "api_revisions", "draft", {"parent": 1, "response": "Hi"}),
    Asked("write", "post", "api_submission", "draft"),
    Asked("write", "delete", "api_submission", "submitted"),
    Asked("write", "delete", "api_pair", "draft"),
    Asked("write", "post", "api_pair_restoration", "deleted"),
    *(
        Asked(
            "review" if deed in bulk.REVIEWS else "write",
            "post",
            "api_pair_batches",
            body={"deed": deed, "pairs": [10**9], "tag": "x"},
        )
        for deed in bulk.UNDO
    ),
    Asked("import", "post", "api_imports", body={"task": "chat", "file": ROW}),
    Asked("import", "post", "api_import_check", "checked"),
    Asked("import", "post", "api_import_commit", "checked"),
    Asked("import", "delete", "api_import", "checked"),
    Asked("review", "get", "api_review_queue"),
    Asked("review", "get", "api_last_reviews"),
    Asked("review", "post", "api_claims", body={}),
    Asked("review", "put", "api_claim", "submitted"),
    Asked("review", "post", "api_revision_reviews", "head", {"verdict": "approve"}),
    Asked("review", "post", "api_import_approval", "committed"),
    Asked("freeze", "post", "api_snapshots", body={}),
    Asked("freeze", "post", "api_snapshot_plans", body={}),
    Asked("freeze", "post", "api_successors", "leaking", {}),
    Asked("manage", "patch", "api_project", body={"description": "Ours"}),
    Asked("manage", "put", "api_member", "member", {"role": "viewer"}),
    Asked("manage", "delete", "api_member", "member"),
    Asked("manage", "get", "api_invitations"),
    Asked("manage", "post", "api_invitations", body={"email": "x@y.org", "role": "author"}),
    Asked("manage", "delete", "api_invitation", "invitation"),
    Asked("manage", "post", "api_tasks", body={"name": "Code", "kind": "code"}),
    Asked("manage", "patch", "api_task", "task", {"name": "Other"}),
    Asked("manage", "delete", "api_task", "task"),
    Asked("manage", "delete", "api_project"),
    Asked("manage", "post", "api_project_restoration", "gone"),
]
NOT_BY_ROLE = {
    "api_token": "one's own tokens; anybody else's are not found",
    "api_redemptions": "whoever has the link; needs no account",
    "api_lost_passwords": "whoever says that they lost one; tells nothing, and mails to the account's address",
    "api_claim": "giving back is of one's own claim only; taking is in the table",
}


@pytest.fixture
def world(project, olga, ada, chat, intent, write, submit, approve, upload):
    """Something of everything that a request may name. Nobody of it is whoever asks."""
    from authoring.actions import imports, pairs, projects

    by_label = [approve(f"{label} {n}", label, task=intent) for label in LABELS for n in range(4)]
    for pair, split in zip(by_label[:2], ("train", "test"), strict=True):
        pair.split = split
        pair.save()
    same = approve("Whose question is it?", "refund", task=intent)
    for pair, split in (
        (same, "train"),
        (approve("Whose question is it?", "book", task=intent), "test"),
    ):
        pair.split = split
        pair.save()
    snapshot = snapshots.freeze(
        project=project,
        by=olga,
        settings=SnapshotSettings(fractions=HALVES),
    )
    deleted, submitted = write("Deleted"), submit("Submitted")
    pairs.delete(pair=deleted, by=ada)
    committed = imports.commit(dataset_import=upload("in.jsonl", ROW), by=ada)
    people.invite(project=project, email="somebody@example.org", role="author", by=olga)
    gone = projects.create(name="Gone", by=olga)
    for membership in project.memberships.exclude(user=olga):
        Membership.objects.create(project=gone, user=membership.user, role=membership.role)
    empty = projects.create(name="unused", by=olga)
    return {
        "": [],
        "slug": [project.slug],
        "person": [person("Somebody").pk],
        "task": [project.tasks.create(slug="free", name="Free", kind="free").pk],
        "draft": [write("Draft", "Yes.").pk],
        "deleted": [deleted.pk],
        "submitted": [submitted.pk],
        "head": [submitted.head_id],
        "checked": [upload("in.jsonl", ROW).pk],
        "committed": [committed.pk],
        "snapshot": [snapshot.pk],
        "leaking": [snapshot.pk],
        "member": [project.slug, member("Otto", project, Role.AUTHOR).pk],
        "invitation": [project.slug, project.invitations.get().pk],
        "gone": [gone.slug],
        "empty": [empty.slug],
    }


def answer(client, asked: Asked, world) -> int:
    """The status of a request, whose effects are taken back."""
    body = asked.body
    options = {"format": "json"}
    if asked.name == "api_imports" and asked.method == "post":
        body = body | {"file": SimpleUploadedFile("in.jsonl", body["file"])}
        options = {"format": "multipart"}
    with transaction.atomic():
        if asked.on == "gone":
            Project.objects.filter(slug=world["gone"][0]).update(deleted_at="2024-01-01T00:00Z")
        url = reverse(asked.name, args=world[asked.on])
        status = getattr(client, asked.method)(url, body, **options).status_code
        transaction.set_rollback(True)
    return status


@pytest.mark.parametrize("role", Role.values)
def test_a_role_may_do_its_deeds_and_no_others(role, rest, project, world):
    client = rest(member("Nora", project, role))
    if role == Role.OWNER:
        Membership.objects.create(
            project=Project.objects.get(slug=world["gone"][0]),
            user=project.memberships.latest("id").user,
            role=role,
        )
    wrong = {}
    for asked in TABLE:
        status = answer(client, asked, world)
        may = asked.deed == SELF or (asked.deed in DEEDS and role in DEEDS[asked.deed])
        expected = status < 300 if may else status in {403, 404}
        if not expected:
            wrong[f"{asked.method} {asked.name}"] = status
    assert wrong == {}


def test_the_studios_owner_may_do_everything_everywhere(rest, world):
    client = rest(person("Root", is_superuser=True))
    wrong = {asked.name: answer(client, asked, world) for asked in TABLE}
    assert {name: status for name, status in wrong.items() if status >= 300} == {}


def test_an_outsider_finds_nothing(rest, eve, world):
    client = rest(eve)
    found = {
        f"{asked.method} {asked.name}": status
        for asked in TABLE
        if asked.deed != SELF and (status := answer(client, asked, world)) not in {403, 404}
    }
    assert found == {}


def test_without_a_token_there_is_nothing_at_all(rest, world):
    client = rest(None)
    statuses = {asked.name: answer(client, asked, world) for asked in TABLE}
    assert set(statuses.values()) == {401}


def test_every_address_is_in_the_table():
    named = {asked.name for asked in TABLE} | NOT_BY_ROLE.keys()
    assert {route.name for route in urlpatterns} == named


def test_every_deed_of_authoring_is_in_the_table():
    elsewhere = {"train", "evaluate", "publish"}
    assert {asked.deed for asked in TABLE} - {SELF, STUDIO} == DEEDS.keys() - elsewhere


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("role", Role.values)
def test_the_table_is_what_decides(deed, role, project):
    somebody = member("Nora", project, role)
    assert allowed(somebody, deed, project) == (role in DEEDS[deed])


def test_the_deactivated_may_do_nothing(project, olga):
    olga.is_active = False
    assert not any(allowed(olga, deed, project) for deed in DEEDS)
    with pytest.raises(PermissionDenied):
        require(olga, "view", project)


def test_another_persons_token_is_not_found(rest, ada, eve):
    rest(ada)
    url = reverse("api_token", args=[ada.api_tokens.get().pk])
    assert rest(eve).delete(url).status_code == 404
    assert ada.api_tokens.get().revoked_at is None


def test_giving_back_somebody_elses_claim_does_nothing(rest, rui, olga, submit):
    from authoring.actions import review_queue

    pair = submit("Say hello")
    review_queue.claim(pair=pair, by=rui)
    rest(olga).delete(reverse("api_claim", args=[pair.pk]))
    assert pair.claim.user == rui
