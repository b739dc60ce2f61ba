"""Evaluations over REST."""

import pytest
from rest_framework.test import APIClient

from evaluation import tasks
from evaluation.models import Evaluation
from evaluation.scoring import score


@pytest.fixture
def as_(request):
    """as_("tao") → a client signed in as that person."""

    def signed_in(name):
        client = APIClient()
        client.force_authenticate(request.getfixturevalue(name))
        return client

    return signed_in


@pytest.fixture
def base(evaluate, snapshot, questions, base_model):
    made = evaluate(snapshot, dict.fromkeys(questions, "book"), base_model=base_model)
    score(evaluation=made)
    return made


@pytest.fixture
def trained(base, evaluate, snapshot, questions, checkpoint):
    made = evaluate(snapshot, {one: one.response for one in questions}, checkpoint=checkpoint)
    score(evaluation=made)
    return made


def test_an_evaluation_is_created_once(as_, snapshot, checkpoint):
    asked = {"snapshot": snapshot.pk, "checkpoint": checkpoint.pk}
    first = as_("tao").post("/api/v1/evaluations/", asked)
    again = as_("tao").post("/api/v1/evaluations/", asked)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["subject"] == "run 1, step 10"


def test_a_setting_out_of_range_is_named_in_problem_details(as_, snapshot, checkpoint):
    asked = {"snapshot": snapshot.pk, "checkpoint": checkpoint.pk, "settings": {"temperature": 9}}
    answer = as_("tao").post("/api/v1/evaluations/", asked)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"] == {"temperature": ["must be at most 5"]}


def test_a_viewer_may_look_but_not_ask(as_, base, snapshot, checkpoint):
    client = as_("vera")
    assert client.get(f"/api/v1/evaluations/{base.pk}/").status_code == 200
    asked = {"snapshot": snapshot.pk, "checkpoint": checkpoint.pk}
    assert client.post("/api/v1/evaluations/", asked).status_code == 403
    assert client.post(f"/api/v1/evaluations/{base.pk}/scorings/").status_code == 403


def test_an_outsider_sees_nothing(as_, base, trained, snapshot, checkpoint):
    client = as_("eve")
    for listed in ("evaluations", "predictions", "scores"):
        assert client.get(f"/api/v1/{listed}/").json()["count"] == 0
    for address in (
        f"/api/v1/evaluations/{base.pk}/",
        f"/api/v1/evaluations/{base.pk}/confusion/",
        f"/api/v1/predictions/{base.predictions.first().pk}/",
        f"/api/v1/comparisons/?a={base.pk}&b={trained.pk}",
        f"/api/v1/dashboard/?snapshot={snapshot.pk}",
    ):
        assert client.get(address).status_code == 404
    asked = {"snapshot": snapshot.pk, "checkpoint": checkpoint.pk}
    assert client.post("/api/v1/evaluations/", asked).status_code == 400


def test_one_evaluation_comes_with_its_scores(as_, base):
    found = as_("vera").get(f"/api/v1/evaluations/{base.pk}/").json()
    [accuracy] = [s for s in found["scores"] if s["metric"] == "accuracy" and not s["slice"]]
    assert accuracy["value"] == pytest.approx(1 / 3)
    assert (accuracy["n"], accuracy["settings"]["interval"]) == (6, "wilson")


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("correct=false", 4),
        ("correct=true", 2),
        ("reference_label=cancel&label=book", 2),
        ("label=refund", 0),
        ("unparsed=true", 0),
        ("ended=stop", 6),
        ("task=intent", 6),
        ("language=zh", 0),
    ],
)
def test_predictions_are_filtered_by_what_is_allowed(as_, base, query, rows):
    found = as_("vera").get(f"/api/v1/predictions/?evaluation={base.pk}&{query}").json()
    assert found["count"] == rows


def test_a_filter_that_walks_the_tables_is_not_heard(as_, base):
    found = as_("vera").get("/api/v1/predictions/?revision__author__password__startswith=a")
    assert found.json()["count"] == 6


def test_a_prediction_leads_back_to_its_author(as_, base):
    [first, *_] = as_("vera").get("/api/v1/predictions/").json()["results"]
    assert (first["author"], first["task"], first["reference"]) == ("Ada", "intent", "book")
    assert first["prompt_text"].startswith("<|im_start|>user")


def test_two_evaluations_are_compared_in_pairs(as_, base, trained):
    address = f"/api/v1/comparisons/?a={base.pk}&b={trained.pk}&metric=accuracy"
    [found] = as_("vera").get(address).json()
    assert found["delta"] == pytest.approx(2 / 3)
    assert (found["test"], found["p"]) == ("exact McNemar", pytest.approx(2 / 2**4))


def test_a_comparison_needs_two_numbers(as_, base):
    answer = as_("vera").get(f"/api/v1/comparisons/?a={base.pk}&b=x")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["b"])


def test_the_confusion_matrix_has_a_column_for_the_unparsed(as_, base):
    base.predictions.filter(revision__response="refund").update(label="")
    [found] = as_("vera").get(f"/api/v1/evaluations/{base.pk}/confusion/").json()
    assert found["columns"] == ["book", "cancel", "refund", ""]
    assert found["rows"] == [[2, 0, 0, 0], [2, 0, 0, 0], [0, 0, 0, 2]]


def test_the_dashboard_has_the_untrained_model_as_a_level(as_, base, trained, snapshot):
    found = as_("vera").get(f"/api/v1/dashboard/?snapshot={snapshot.pk}&metric=accuracy").json()
    lines = {line["name"]: line["points"] for line in found["series"]}
    third = pytest.approx(1 / 3)
    assert lines == {"Tiny": [[0, third], [10, third]], "run 1": [[10, 1.0]]}
    assert [row["best"] for row in found["rows"]] == [False, True]
    assert found["rows"][1]["gain"]["delta"] == pytest.approx(2 / 3)


def test_scoring_again_is_accepted(as_, base, monkeypatch):
    said = []
    monkeypatch.setattr(tasks, "send_score", lambda pk: said.append(pk) or True)
    answer = as_("rui").post(f"/api/v1/evaluations/{base.pk}/scorings/")
    assert (answer.status_code, said) == (202, [base.pk])


def test_scoring_again_is_not_promised_where_nobody_can_be_told(as_, base, settings, tmp_path):
    settings.CELERY_BROKER_URL = f"redis+socket://{tmp_path}/no.sock"
    answer = as_("rui").post(f"/api/v1/evaluations/{base.pk}/scorings/")
    assert answer.status_code == 503
    assert answer.json()["remedy"] == "Start it, then ask again. The scores stay as they are."


def test_a_misspelt_field_is_never_silently_ignored(as_, snapshot, checkpoint):
    asked = {"snapshot": snapshot.pk, "checkpoint": checkpoint.pk, "setings": {"temperature": 1}}
    answer = as_("tao").post("/api/v1/evaluations/", asked)
    assert answer.status_code == 400
    assert answer.json()["errors"] == {"setings": ["There is no such field."]}
    assert not Evaluation.objects.exists()


def test_a_queued_evaluation_can_be_stopped(as_, snapshot, checkpoint):
    made = as_("tao").post(
        "/api/v1/evaluations/", {"snapshot": snapshot.pk, "checkpoint": checkpoint.pk}
    )
    address = f"/api/v1/evaluations/{made.json()['id']}/"
    answer = as_("tao").patch(address, {"wants": "stop"})
    assert answer.status_code == 202
    assert Evaluation.objects.get().state == "stopped"
