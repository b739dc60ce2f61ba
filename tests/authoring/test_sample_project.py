"""The sample project loads as a team's own file would, approved by others than its writers."""

import json
from collections import Counter

import pytest

from authoring.actions import sample
from authoring.models import Pair, Review, User

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def rows():
    return {
        path.stem: [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for path in sample.FOLDER.glob("*.jsonl")
    }


@pytest.fixture
def project():
    return sample.load(by=User.objects.create_superuser("olga@example.org", name="Olga"))


def test_every_row_becomes_a_pair(project, rows):
    assert project.pairs.count() == sum(len(one) for one in rows.values()) >= 320


def test_pairs_are_approved_in_bulk_by_somebody_else_and_experts_tasks_await_review(project):
    states = Counter(project.pairs.values_list("task__slug", "state"))
    assert {slug for slug, state in states if state == "submitted"} == {
        "education",
        "medicine",
        "law",
    }
    assert {state for slug, state in states if slug == "intent"} == {"approved"}
    reviews = Review.objects.filter(revision__pair__project=project)
    assert all(
        review.bulk and review.reviewer_id != review.revision.author_id for review in reviews
    )


def test_its_writers_cannot_sign_in(project):
    assert not User.objects.filter(email__endswith="@sample.invalid", is_active=True).exists()


def test_every_pair_names_its_source_and_licence(project):
    assert not Pair.objects.filter(project=project).exclude(head__licence="Apache-2.0").exists()
    assert not Pair.objects.filter(project=project, head__source="").exists()


def test_intent_has_25_pairs_a_label_in_both_languages(rows):
    labels = Counter(row["response"] for row in rows["intent"])
    assert len(labels) >= 8
    assert min(labels.values()) >= 25
    both = {(row["response"], row["language"]) for row in rows["intent"]}
    assert both == {(label, language) for label in labels for language in ("en", "zh")}


def test_code_pairs_pass_their_own_tests(rows):
    for row in rows["code"]:
        exec(row["response"] + "\n" + row["tests"], {})  # noqa: S102 (our own, written in this repository)


def test_no_two_intent_messages_are_alike(rows):
    def shingles(text):
        return {text[at : at + 5].lower() for at in range(max(1, len(text) - 4))}

    sets = [shingles(row["input"]) for row in rows["intent"]]
    closest = max(len(a & b) / len(a | b) for at, a in enumerate(sets) for b in sets[:at])
    assert closest < 0.6
