"""The measuring pages: what they show, and to whom."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from authoring.models import Project
from evaluation.models import Evaluation
from evaluation.scoring import score
from tests.evaluation.conftest import checkpoint_at
from training.states import JobState

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def base(evaluate, snapshot, questions, base_model):
    outputs = dict.fromkeys(questions, "book") | {questions[2]: HOSTILE}
    made = evaluate(snapshot, outputs, base_model=base_model)
    score(evaluation=made)
    return made


@pytest.fixture
def trained(base, evaluate, snapshot, questions, checkpoint):
    made = evaluate(snapshot, {one: one.response for one in questions}, checkpoint=checkpoint)
    score(evaluation=made)
    return made


@pytest.fixture
def look(client):
    """look(person, name, *args, **query) → the response."""

    def looked(person, name, *args, **query):
        client.force_login(person)
        return client.get(reverse(name, args=["letters", *args]), query)

    return looked


def text_of(response):
    return re.sub(r"\s+", " ", response.content.decode())


def every_page(base, trained, run, checkpoint):
    both = {"a": base.pk, "b": trained.pk}
    yield "dashboard", [], {}
    yield "dashboard_waiting", [], {}
    yield "evaluation", [base.pk], {}
    yield "evaluation_progress", [base.pk], {}
    yield "predictions", [], {"evaluation": base.pk}
    yield "prediction", [base.predictions.first().pk], {}
    yield "comparison", [], both
    yield "run_scores", [run.number], {}
    yield "checkpoint_scores", [], {}
    yield "checkpoint_evaluations", [checkpoint.pk], {}
    yield "pair_predictions", [base.predictions.first().revision.pair_id], {}


def test_everybody_in_the_project_may_look_at_every_page(
    base, trained, run, checkpoint, look, ada, rui, tao, vera, olga
):
    for name, args, query in every_page(base, trained, run, checkpoint):
        for person in (olga, ada, rui, tao, vera):
            assert look(person, name, *args, **query).status_code in {200, 286}, (name, person)


def test_for_an_outsider_no_page_exists(base, trained, run, checkpoint, look, eve):
    for name, args, query in every_page(base, trained, run, checkpoint):
        assert look(eve, name, *args, **query).status_code == 404, name


def test_an_evaluation_of_another_project_is_not_found_through_ones_own(base, eve, client):
    mine = Project.objects.create(name="Eve's", slug="eves", created_by=eve)
    mine.memberships.create(user=eve, role="owner")
    client.force_login(eve)
    assert client.get(f"/p/eves/evaluations/{base.pk}/").status_code == 404
    assert client.get(f"/p/eves/predictions/?evaluation={base.pk}").status_code == 404
    assert client.get(f"/p/eves/predictions/{base.predictions.first().pk}/").status_code == 404
    assert client.get(f"/p/eves/comparison/?a={base.pk}&b={base.pk}").status_code == 404


def test_what_a_model_wrote_is_shown_and_never_run(base, trained, look, vera):
    hostile = base.predictions.get(output=HOSTILE)
    pages = [
        look(vera, "predictions", evaluation=base.pk),
        look(vera, "prediction", hostile.pk),
        look(vera, "comparison", a=base.pk, b=trained.pk),
    ]
    for page in pages:
        assert HOSTILE not in page.content.decode()
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.content.decode()


def test_the_dashboard_puts_each_checkpoint_beside_the_untrained_model(base, trained, look, vera):
    page = look(vera, "dashboard", metric="accuracy")
    text = text_of(page)
    assert 'class="best"' in text
    assert "+0.667" in text
    chart = re.search(r'<script [^>]*type="application/json">(.*?)</script>', text).group(1)
    lines = {one["name"]: one for one in json.loads(chart)["series"]}
    assert lines["run 1"]["points"] == [[10, 1.0]]
    assert lines["run 1"]["low"][0] < 1.0
    assert len(lines["Tiny"]["points"]) == 2


def test_a_page_goes_on_asking_until_the_scores_are_there(
    evaluate, snapshot, questions, base_model, look, vera
):
    made = evaluate(snapshot, dict.fromkeys(questions, "book"), base_model=base_model)
    asks_again = f'data-live-url="/p/letters/evaluations/{made.pk}/progress/"'
    assert asks_again in text_of(look(vera, "evaluation_progress", made.pk))
    score(evaluation=made)
    assert asks_again not in text_of(look(vera, "evaluation_progress", made.pk))


def test_a_run_stands_beside_the_model_it_started_from_alone(base, trained, run, look, vera):
    assert "Tiny" in text_of(look(vera, "run_scores", run.number))
    base.base_model.pk = None
    base.base_model.name = base.base_model.slug = "another"
    base.base_model.save()
    Evaluation.objects.filter(pk=base.pk).update(base_model=base.base_model)
    assert "another" not in text_of(look(vera, "run_scores", run.number))


def test_who_may_not_launch_is_not_led_to_the_launch(snapshot, look, vera, tao):
    assert "/p/letters/runs/new/" not in text_of(look(vera, "dashboard"))
    assert "/p/letters/runs/new/" in text_of(look(tao, "dashboard"))


def test_the_dashboard_says_what_is_to_come_and_when_it_is_there(base, trained, look, vera):
    Evaluation.objects.filter(pk=trained.pk).update(scored_at=None)
    waiting = text_of(look(vera, "dashboard_waiting", metric="accuracy"))
    assert "One evaluation is on its way." in waiting
    assert "data-live-url" in waiting
    score(evaluation=trained)
    there = text_of(look(vera, "dashboard_waiting", metric="accuracy"))
    assert 'href="/p/letters/dashboard/?metric=accuracy"' in there
    assert "data-live-url" not in there


def test_a_score_is_rounded_and_not_cut_off(base, trained, look, vera):
    assert "0.667" in text_of(look(vera, "comparison", a=base.pk, b=trained.pk))


def test_the_dashboard_of_an_empty_project_teaches_to_freeze(project, look, rui):
    assert "Freeze a snapshot" in text_of(look(rui, "dashboard"))


def test_the_dashboard_of_an_unmeasured_snapshot_teaches_to_launch(snapshot, look, vera):
    assert "Launch a run" in text_of(look(vera, "dashboard"))


def test_a_cell_of_the_confusion_matrix_opens_its_examples(base, look, vera):
    page = text_of(look(vera, "evaluation", base.pk))
    address = f"?evaluation={base.pk}&amp;task=intent&amp;reference_label=refund&amp;label=book"
    assert address in page
    opened = look(
        vera,
        "predictions",
        evaluation=base.pk,
        task="intent",
        reference_label="refund",
        label="book",
    )
    assert opened.context["page"].paginator.count == 2


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"correct": "yes"}, 2),
        ({"correct": "no"}, 4),
        ({"label": "?"}, 1),
        ({"reference_label": "cancel"}, 2),
        ({"ended": "length"}, 0),
        ({"q": "refund number"}, 2),
        ({"tag": "typo"}, 3),
    ],
)
def test_predictions_can_be_narrowed(base, look, vera, query, found):
    page = look(vera, "predictions", evaluation=base.pk, **query)
    assert page.context["page"].paginator.count == found


def test_an_undefined_interval_says_why(evaluate, snapshot, questions, base_model, look, vera):
    made = evaluate(snapshot, {one: one.response for one in questions}, base_model=base_model)
    score(evaluation=made)
    assert "no interval: all answers are alike" in text_of(look(vera, "evaluation", made.pk))


def test_a_prediction_leads_to_its_pair_and_to_a_new_one(base, look, ada):
    one = base.predictions.first()
    text = text_of(look(ada, "prediction", one.pk))
    assert reverse("pair", args=["letters", one.revision.pair_id]) in text
    assert f"?task=intent&amp;like={one.revision_id}" in text
    assert "&lt;|im_start|&gt;user" in text


def test_a_viewer_is_not_offered_to_write(base, look, vera):
    assert "Write a pair for this" not in text_of(look(vera, "predictions", evaluation=base.pk))


def test_two_models_side_by_side_name_what_was_gained(base, trained, look, vera):
    page = look(vera, "comparison", a=base.pk, b=trained.pk)
    assert {tab["label"]: tab["count"] for tab in page.context["tabs"]} == {
        "Gained": 4,
        "Lost": 0,
        "Both wrong": 0,
        "Both right": 2,
    }
    assert len(page.context["examples"]) == 4
    assert look(vera, "comparison", a=base.pk, b=trained.pk, show="both_right").context["page"]


def test_comparing_different_questions_says_what_to_do(base, evaluate, freeze, questions, checkpoint,
                                                       look, vera):  # fmt: skip
    other = evaluate(freeze(test=questions[:1]), {questions[0]: "book"}, checkpoint=checkpoint)
    score(evaluation=other)
    page = look(vera, "comparison", a=base.pk, b=other.pk)
    assert page.status_code == 409
    assert "Compare two evaluations of one snapshot and split" in text_of(page)


def test_a_page_asks_for_an_evaluation_through_the_action(snapshot, base_model, tao, client):
    client.force_login(tao)
    asked = {"snapshot": snapshot.pk, "split": "test", "base_model": base_model.pk}
    answer = client.post("/p/letters/evaluations/", asked)
    made = Evaluation.objects.get()
    assert answer["Location"] == f"/p/letters/evaluations/{made.pk}/"
    assert (made.state, made.base_model) == ("queued", base_model)


@pytest.mark.parametrize("who", ["ada", "vera"])
def test_who_may_not_evaluate_can_not_ask(request, who, base, client):
    client.force_login(request.getfixturevalue(who))
    assert client.post("/p/letters/evaluations/", {}).status_code == 403
    answer = client.post(f"/p/letters/evaluations/{base.pk}/do/", {"deed": "score"})
    assert answer.status_code == 403


def test_a_failed_evaluation_says_what_to_do(base, look, tao):
    Evaluation.objects.update(
        state=JobState.FAILED, failure={"message": "The disk is full.", "remedy": "Free some."}
    )
    text = text_of(look(tao, "evaluation", base.pk))
    assert "The disk is full." in text
    assert "Free some." in text
    assert "Try again" in text


def test_the_number_of_queries_does_not_grow_with_the_predictions(
    look, vera, evaluate, freeze, write, intent, base_model
):
    def queries(rows):
        asked = [write(intent, f"Question {n}", "book") for n in range(rows)]
        made = evaluate(freeze(test=asked), dict.fromkeys(asked, "book"), base_model=base_model)
        score(evaluation=made)
        look(vera, "predictions", evaluation=made.pk)
        with CaptureQueriesContext(connection) as seen:
            page = look(vera, "predictions", evaluation=made.pk)
        assert len(page.context["examples"]) == rows
        return len(seen)

    assert queries(2) == queries(20)


def test_the_runs_page_asks_for_scores_until_the_last_one_is_there(base, trained, run, look, vera):
    Evaluation.objects.filter(pk=trained.pk).update(scored_at=None)
    assert look(vera, "run_scores", run.number).status_code == 200
    score(evaluation=trained)
    assert look(vera, "run_scores", run.number).status_code == 286


def test_a_runs_scores_name_its_own_best_and_fold_away_what_waits(
    trained, run, checkpoint, look, vera, evaluate, snapshot, questions
):
    later = checkpoint_at(run, 20)
    waiting = evaluate(snapshot, {}, checkpoint=later)
    Evaluation.objects.filter(pk=waiting.pk).update(state=JobState.QUEUED)
    type(run).objects.filter(pk=run.pk).update(best_checkpoint=checkpoint)
    page = look(vera, "run_scores", run.number)
    assert [one.evaluation.pk for one in page.context["board"].silent] == [waiting.pk]
    assert page.context["best"] == trained
    assert f"b={trained.pk}" in text_of(page)
    assert "One more waits or was stopped" in text_of(page)
