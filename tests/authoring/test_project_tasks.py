"""Kinds of instruction: a classification has labels, and a task with pairs stays."""

import pytest
from django.core.exceptions import ValidationError

from authoring.actions import project_tasks
from authoring.errors import Conflict, Invalid

pytestmark = pytest.mark.django_db


def add(project, olga, **fields):
    given = {"name": "Intent", "kind": "classification", "labels": ["a", "b"]} | fields
    return project_tasks.add(project=project, by=olga, **given)


def test_a_task_brings_the_metric_and_reward_of_its_kind(project, olga):
    task = add(project, olga)
    assert (task.slug, task.default_metric, task.default_reward) == (
        "intent",
        "f1_macro",
        "label_match",
    )


def test_labels_are_trimmed_and_stand_once_in_order(project, olga):
    assert add(project, olga, labels=[" b", "a", "b ", ""]).labels == ["b", "a"]


@pytest.mark.parametrize("labels", [[], ["only"], "a,b", [1, 2], ["x" * 201, "y"]])
def test_a_classification_needs_two_labels_that_are_texts(project, olga, labels):
    with pytest.raises(Invalid) as refused:
        add(project, olga, labels=labels)
    assert "labels" in refused.value.fields


def test_an_unknown_kind_is_refused(project, olga):
    with pytest.raises(ValidationError):
        add(project, olga, kind="poetry")


def test_two_tasks_of_one_name_have_two_addresses(project, olga):
    assert [add(project, olga).slug, add(project, olga).slug] == ["intent", "intent-2"]


def test_a_task_with_pairs_stays(chat, write, olga):
    write("Say hello")
    with pytest.raises(Conflict):
        project_tasks.remove(task=chat, by=olga)


def test_a_task_without_pairs_goes(chat, olga, project):
    project_tasks.remove(task=chat, by=olga)
    assert not project.tasks.exists()
