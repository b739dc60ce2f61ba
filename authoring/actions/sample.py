"""The sample project: hand-written pairs of authoring/sample, brought in as anybody's file would be.

Its writers and its reviewers are two people without a way in, so that the pairs are approved by
somebody other than their writers. The tasks named `awaiting_review` are left for you to judge.
"""

import json
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile

from authoring.actions import imports, people, project_tasks, projects, reviews
from authoring.models import Project, User
from authoring.permissions import Role

FOLDER = Path(__file__).parent.parent / "sample"


def load(*, by: User) -> Project:
    """Make the sample project, owned by `by`, who must be the studio's owner. Returns it."""
    about = json.loads((FOLDER / "project.json").read_text(encoding="utf-8"))
    project = projects.create(
        name=about["name"],
        by=by,
        description=about["description"],
        guidelines=guidelines("project"),
    )
    writer, reviewer = (_person(about[who]) for who in ("author", "reviewer"))
    projects.set_role(project=project, user=writer, role=Role.AUTHOR, by=by)
    projects.set_role(project=project, user=reviewer, role=Role.REVIEWER, by=by)
    for told in about["tasks"]:
        task = project_tasks.add(
            project=project, by=by, guidelines=guidelines(told["slug"]), **told
        )
        rows = _rows(task.slug, source=about["source"], licence=about["licence"])
        came = imports.upload(
            project=project, task=task, file=ContentFile(rows, f"{task.slug}.jsonl"), by=writer
        )
        came = imports.commit(dataset_import=came, by=writer)
        if task.slug not in about["awaiting_review"]:
            reviews.approve_import(dataset_import=came, by=reviewer)
    for person in (writer, reviewer):
        people.deactivate(user=person, by=by)
    return project


def guidelines(slug: str) -> str:
    """Guidelines of a task, or of the `project`, as Markdown."""
    return (FOLDER / "guidelines" / f"{slug}.md").read_text(encoding="utf-8")


def _person(told: dict[str, str]) -> User:
    found = User.objects.filter(email=told["email"]).first()
    if found is None:
        return User.objects.create_user(told["email"], name=told["name"])
    User.objects.filter(pk=found.pk).update(is_active=True)
    found.is_active = True
    return found


def _rows(slug: str, **stamp: Any) -> bytes:
    """The task's file with source and licence on each row."""
    lines = (FOLDER / f"{slug}.jsonl").read_text(encoding="utf-8").splitlines()
    return "\n".join(
        json.dumps(json.loads(line) | stamp, ensure_ascii=False) for line in lines
    ).encode()
