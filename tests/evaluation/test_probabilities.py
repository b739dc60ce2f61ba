"""A classifier's probabilities: stored, scored, compared, shown, and told over REST."""

import re
from math import exp, log

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from evaluation.comparing import compare
from evaluation.dashboard import board
from evaluation.metrics import columns
from evaluation.models import Comparison
from evaluation.scoring import score
from evaluation.templatetags.scores import gain
from tests.evaluation.conftest import LABELS, as_if_frozen_with, checkpoint_at


def sure(label, probability):
    """Log-probabilities that give `label` so much and share the rest."""
    rest = log((1 - probability) / (len(LABELS) - 1))
    return {one: log(probability) if one == label else rest for one in LABELS}


@pytest.fixture
def believe(evaluate, snapshot, questions):
    """believe(checkpoint, {revision: (label, probability)}) → a scored evaluation of a classifier."""

    def believed(checkpoint, beliefs):
        made = evaluate(
            snapshot, {one: label for one, (label, _) in beliefs.items()}, checkpoint=checkpoint
        )
        for one in made.predictions.all():
            one.label_logprobs = sure(*beliefs[one.revision])
            one.save()
        score(evaluation=made)
        made.refresh_from_db()
        return made

    return believed


@pytest.fixture
def boastful(believe, checkpoint, questions):
    """Right five times in six, and always sure to 0.98."""
    named = [one.response for one in questions]
    named[0] = "cancel"
    return believe(
        checkpoint, {q: (label, 0.98) for q, label in zip(questions, named, strict=True)}
    )


@pytest.fixture
def modest(believe, run, questions):
    """The same answers, sure to 0.8."""
    named = [one.response for one in questions]
    named[0] = "cancel"
    return believe(checkpoint_at(run, 20), {q: (label, 0.8) for q, label in zip(questions, named, strict=True)})  # fmt: skip


@pytest.fixture
def look(client, vera):
    def looked(name, *args, **query):
        client.force_login(vera)
        page = client.get(reverse(name, args=["letters", *args]), query)
        return re.sub(r"\s+", " ", page.content.decode())

    return looked


@pytest.fixture
def rest(vera):
    client = APIClient()
    client.force_authenticate(vera)

    def asked(address, **query):
        return client.get(f"/api/v1/{address}", query).json()

    return asked


def value(evaluation, metric, slice=""):
    return evaluation.scores.get(metric=metric, slice=slice).value


def test_stored_probabilities_become_scores(boastful):
    wrong = log(0.01)
    assert value(boastful, "log_loss") == pytest.approx(-(5 * log(0.98) + wrong) / 6)
    assert value(boastful, "ece") == pytest.approx(abs(0.98 - 5 / 6))
    assert value(boastful, "auroc", "label:refund") == 1.0
    assert boastful.scores.get(metric="ece").settings["bins"][-1]["n"] == 6


def test_a_model_that_writes_has_no_such_scores(
    evaluate, snapshot, questions, checkpoint, look, rest
):
    made = evaluate(snapshot, dict.fromkeys(questions, "book"), checkpoint=checkpoint)
    score(evaluation=made)
    assert not made.scores.filter(metric__in=["log_loss", "brier", "ece", "auroc"]).exists()
    assert "believed" not in look("evaluation", made.pk)
    assert "likelihoods" not in look("prediction", made.predictions.first().pk)
    assert rest(f"evaluations/{made.pk}/reliability/") == []
    assert rest(f"predictions/{made.predictions.first().pk}/")["label_logprobs"] is None


def test_a_fall_of_the_log_loss_is_shown_as_a_gain(boastful, modest):
    found = {one.metric: one for one in compare(first=boastful, second=modest)}
    assert found["log_loss"].delta < 0 < found["log_loss"].improvement
    better, worse = Comparison(metric="brier", delta=-0.2, low=-0.3, high=-0.1), Comparison(
        metric="accuracy", delta=-0.2, low=-0.3, high=-0.1
    )  # fmt: skip
    assert (gain(better)["tone"], gain(worse)["tone"]) == ("ok", "bad")


def test_the_dashboard_shows_the_metric_that_was_chosen_beside_the_usual_ones(boastful, look, rest):
    metrics = ["accuracy", "precision_macro", "f1_macro", "log_loss"]
    assert columns(metrics, "log_loss") == metrics
    found = board(snapshot=boastful.snapshot, split="test", metric="brier")
    assert found.columns[-1] == "brier"
    assert "Smaller is better" in look("dashboard", metric="brier")
    told = rest("dashboard/", snapshot=boastful.snapshot_id, metric="brier")
    assert told["smaller_is_better"] is True
    assert rest("dashboard/", snapshot=boastful.snapshot_id)["smaller_is_better"] is False


def test_the_page_draws_the_diagram_and_says_the_same_in_a_table(boastful, look):
    page = look("evaluation", boastful.pk)
    assert page.count("<circle") == 1
    assert "93.3 % – 100 %" in page
    table = page[page.index("Answers by how sure the model was") :]
    assert "0.980" in table
    assert "0.833" in table
    assert 'title="This label against all others"' in page


def test_rest_tells_the_bins_and_the_direction(boastful, modest, rest):
    [found] = rest(f"evaluations/{boastful.pk}/reliability/")
    assert (found["task"], found["n"], len(found["bins"])) == ("", 6, 15)
    assert found["ece"] == pytest.approx(abs(0.98 - 5 / 6))
    assert found["bins"][-1]["accuracy"] == pytest.approx(5 / 6)
    scores = rest("scores/", evaluation=boastful.pk, whole=True)["results"]
    falling = {one["metric"] for one in scores if one["smaller_is_better"]}
    assert {"log_loss", "brier", "ece"} <= falling
    assert not {"accuracy", "auroc_macro"} & falling
    differences = rest("comparisons/", a=boastful.pk, b=modest.pk, metric="brier")
    assert [one["smaller_is_better"] for one in differences] == [True]


def test_a_prediction_shows_a_bar_for_each_label(boastful, look, rest, questions):
    one = boastful.predictions.get(revision=questions[0])
    page = look("prediction", one.pk)
    bars = page[page.index("How likely it held each label") :]
    assert re.search(r'<meter [^>]*aria-label="(\w+)"', bars).group(1) == "cancel"
    assert bars.count("<meter") == 3
    assert 'value="0.980000"' in bars
    assert bars.index("its answer") < bars.index("wanted")
    assert "sure to <b>98.0 %</b>" in page
    told = rest(f"predictions/{one.pk}/")["label_logprobs"]
    assert exp(told["cancel"]) == pytest.approx(0.98)


def test_of_many_labels_the_likeliest_and_the_true_one_are_shown(boastful, intent, look, questions):
    one = boastful.predictions.get(revision=questions[0])
    many = {f"label {at}": log(0.04) for at in range(20)}
    one.label_logprobs = {**many, "cancel": log(0.199), "book": log(0.001)}
    one.save()
    page = look("prediction", one.pk)
    assert page.count("<meter") == 13
    assert 'aria-label="book"' in page
    assert "9 more labels have 36.0 % together." in page


def test_what_is_undefined_says_why_on_the_page(boastful, intent, look):
    for one in boastful.predictions.all():
        one.label_logprobs.pop("refund")
        one.save()
    score(evaluation=boastful)
    assert value(boastful, "log_loss") is None
    page = look("evaluation", boastful.pk)
    assert "the model has no class for a label that some questions have: refund" in page


def test_a_label_that_no_question_has_is_named_on_the_page(boastful, intent, look):
    intent.labels = [*LABELS, "greet"]
    intent.save()
    as_if_frozen_with(intent, boastful)
    score(evaluation=boastful)
    assert value(boastful, "auroc", "label:greet") is None
    assert value(boastful, "auroc_macro") is not None
    assert "without greet, which no question or every question has" in look(
        "evaluation", boastful.pk
    )


def test_several_tasks_have_a_diagram_each(evaluate, freeze, write, questions, answers, intent, checkpoint, rest, look):  # fmt: skip
    mood = type(intent).objects.create(
        project=intent.project, slug="mood", name="Mood", kind="classification", labels=LABELS
    )
    glad = write(mood, "Hooray", "book")
    made = evaluate(freeze(test=[*questions, glad]), dict.fromkeys([*questions, glad], "book"), checkpoint=checkpoint)  # fmt: skip
    made.predictions.update(label_logprobs=sure("book", 0.7))
    score(evaluation=made)
    assert [one["task"] for one in rest(f"evaluations/{made.pk}/reliability/")] == [
        "intent",
        "mood",
    ]
    assert look("evaluation", made.pk).count('class="reliability"') == 2
