"""From a wrong answer to the editor: the frame of the question, never the question itself."""

import pytest

from authoring.models import Pair, Project, Task
from evaluation.scoring import score


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


@pytest.fixture
def sent(client, ada):
    """sent(revision, **more) → the pair that Ada wrote beside it and handed to the reviewers."""
    client.force_login(ada)

    def written(revision, **more):
        body = {
            "task": revision.pair.task_id,
            "turn": ["Please cancel table nine for me"],
            "response": "cancel",
            "language": "en",
            "draft": f"for-{revision.pk}",
            "written_for": revision.pk,
            "deed": "submit",
        }
        client.post("/p/letters/write/", body | more)
        return Pair.objects.latest("pk")

    return written


def test_the_pair_remembers_the_question_and_the_question_its_pairs(client, sent, write, intent):
    question = write(intent, "Cancel my table", "cancel")
    made = sent(question)
    assert (made.written_for, made.state) == (question, "submitted")
    page = client.get(f"/p/letters/pairs/{made.pk}/").content.decode()
    assert f"/p/letters/pairs/{question.pair_id}/?revision=1" in page
    page = client.get(f"/p/letters/pairs/{question.pair_id}/").content.decode()
    assert f"/p/letters/pairs/{made.pk}/" in page
    found = client.get("/p/letters/pairs/", {"written_for": question.pair_id}).context["pairs"]
    assert found == [made]


def test_the_next_pair_is_beside_the_same_question(client, ada, sent, write, intent):
    question = write(intent, "Cancel my table", "cancel")
    client.force_login(ada)
    sent(question)
    answer = client.post(
        "/p/letters/write/",
        {
            "task": intent.pk, "turn": ["No table tonight"], "response": "cancel",
            "language": "en", "written_for": question.pk, "deed": "submit",
        },
    )  # fmt: skip
    page = client.get(answer.url)
    assert (page.context["question"], page.context["beside"]) == (question, 2)


def test_the_first_autosave_keeps_what_it_was_written_for(client, ada, write, intent):
    question = write(intent, "Cancel my table", "cancel")
    client.force_login(ada)
    body = {"task": intent.pk, "turn": ["No"], "written_for": question.pk, "draft": "a key"}
    body |= {"language": "en", "response": "", "input": "", "system": "", "tags": ""}
    answer = client.post("/p/letters/write/autosave/", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    assert Pair.objects.get(pk=answer.json()["pair"]).written_for == question


def test_a_prediction_lists_the_pairs_written_because_of_it(
    client, ada, sent, evaluate, snapshot, questions, base_model
):
    made = evaluate(snapshot, dict.fromkeys(questions, "book"), base_model=base_model)
    score(evaluation=made)
    wrong = made.predictions.wrong().first()
    pair = sent(wrong.revision)
    assert list(made.predictions.written_for(True)) == [wrong]
    page = client.get(f"/p/letters/predictions/{wrong.pk}/").content.decode()
    assert f"/p/letters/pairs/{pair.pk}/" in page
    listed = client.get("/p/letters/predictions/", {"evaluation": made.pk, "written": "no"})
    assert wrong not in [one.prediction for one in listed.context["examples"]]
    assert listed.context["page"].paginator.count == len(questions) - 1
    listed = client.get("/p/letters/predictions/", {"evaluation": made.pk, "written": "yes"})
    assert "One pair written" in listed.content.decode()


def test_a_pairs_page_shows_what_models_answered(
    client, vera, evaluate, snapshot, questions, base_model
):
    made = evaluate(snapshot, dict.fromkeys(questions, "book"), base_model=base_model)
    score(evaluation=made)
    client.force_login(vera)
    pair = questions[2].pair
    address = f"/p/letters/pairs/{pair.pk}/predictions/"
    assert address in client.get(f"/p/letters/pairs/{pair.pk}/").content.decode()
    [answer] = client.get(address).context["answers"]
    assert (answer.evaluation, answer.correct) == (made, False)


def test_over_rest_a_pair_names_its_question(client, ada, write, intent):
    question = write(intent, "Cancel my table", "cancel")
    client.force_login(ada)
    body = {"task": "intent", "instruction": "No table", "response": "cancel"}
    at = "/api/v1/projects/letters/pairs/"
    made = client.post(at, body | {"written_for": question.pk}, content_type="application/json")
    assert made.json()["pair"]["written_for"] == question.pk
    found = client.get(at, {"written_for": question.pair_id}).json()["results"]
    assert [one["id"] for one in found] == [made.json()["pair"]["id"]]
    refused = client.post(at, body | {"written_for": 999}, content_type="application/json")
    assert (refused.status_code, "written_for" in refused.json()["errors"]) == (400, True)


def test_a_question_of_another_project_can_not_be_named(client, eve, write, intent):
    mine = Project.objects.create(name="Eve's", slug="eves", created_by=eve)
    mine.memberships.create(user=eve, role="owner")
    Task.objects.create(project=mine, slug="free", name="Mine", kind="free")
    client.force_login(eve)
    body = {"task": "free", "instruction": "Hi", "written_for": write(intent, "No", "book").pk}
    answer = client.post("/api/v1/projects/eves/pairs/", body, content_type="application/json")
    assert answer.status_code == 400
    assert not Pair.objects.filter(project=mine).exists()
