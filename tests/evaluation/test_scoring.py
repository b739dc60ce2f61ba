"""Stored predictions become scores: the numbers are scikit-learn's."""

import pytest
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from authoring.words import told
from evaluation.models import Score
from evaluation.scoring import score
from tests.evaluation.conftest import LABELS, as_if_frozen_with

OUTPUTS = ["book", "I would book it", "cancel", "no idea", "refund", "cancel"]
NAMED = ["book", "book", "cancel", "unparsed", "refund", "cancel"]
TRUTHS = ["book", "book", "cancel", "cancel", "refund", "refund"]


@pytest.fixture
def evaluation(evaluate, snapshot, questions, base_model):
    made = evaluate(snapshot, dict(zip(questions, OUTPUTS, strict=True)), base_model=base_model)
    score(evaluation=made)
    made.refresh_from_db()
    return made


def value(evaluation, metric, slice=""):
    return evaluation.scores.get(metric=metric, slice=slice).value


@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_averages_are_those_of_scikit_learn(evaluation, average):
    expected = precision_recall_fscore_support(
        TRUTHS, NAMED, labels=LABELS, average=average, zero_division=0
    )
    found = [value(evaluation, f"{metric}_{average}") for metric in ("precision", "recall", "f1")]
    assert found == pytest.approx(expected[:3])


def test_each_label_has_its_own_scores_and_support(evaluation):
    expected = precision_recall_fscore_support(TRUTHS, NAMED, labels=LABELS, zero_division=0)
    for i, label in enumerate(LABELS):
        found = evaluation.scores.get(metric="f1", slice=f"label:{label}")
        assert found.value == pytest.approx(expected[2][i])
        assert found.settings["support"] == expected[3][i] == 2


def test_accuracy_has_an_interval_an_n_and_its_settings(evaluation):
    found = evaluation.scores.get(metric="accuracy", slice="")
    assert found.value == pytest.approx(accuracy_score(TRUTHS, NAMED))
    assert found.low < found.value < found.high
    assert found.n == 6
    assert found.settings["interval"] == "wilson"
    assert found.settings["shares"]["unparsed"] == pytest.approx(1 / 6)


def test_an_unparsed_output_is_wrong_and_never_dropped(evaluation):
    unparsed = evaluation.predictions.get(output="no idea")
    assert (unparsed.correct, unparsed.label, unparsed.reference_label) == (False, "", "cancel")
    assert evaluation.predictions.unparsed().count() == 1


def test_tags_are_slices_with_their_own_n(evaluation):
    typos = evaluation.scores.get(slice="tag:typo")
    assert (typos.metric, typos.n) == ("accuracy", 3)
    assert typos.value == pytest.approx(1 / 3)


def test_one_language_and_one_author_are_no_slices(evaluation):
    assert not evaluation.scores.sliced("language").exists()
    assert not evaluation.scores.sliced("author").exists()


def test_an_author_is_a_slice_by_id(evaluate, freeze, write, intent, base_model, rui, ada):
    by_ada, by_rui = write(intent, "One", "book"), write(intent, "Two", "book", author=rui)
    made = evaluate(
        freeze(test=[by_ada, by_rui]), {by_ada: "book", by_rui: "refund"}, base_model=base_model
    )
    score(evaluation=made)
    assert value(made, "accuracy", f"author:{ada.pk}") == 1.0
    assert value(made, "accuracy", f"author:{rui.pk}") == 0.0


def test_scoring_again_replaces_the_scores(evaluation):
    before = evaluation.scores.count()
    evaluation.predictions.filter(output="no idea").update(output="cancel")
    score(evaluation=evaluation)
    assert evaluation.scores.count() == before
    assert value(evaluation, "accuracy") == pytest.approx(5 / 6)


def test_several_tasks_share_right_or_wrong_and_keep_their_own_metrics(
    evaluate, freeze, questions, answers, write, base_model
):
    capital = write(answers, "Capital of France?", "Paris")
    split = freeze(test=[*questions, capital])
    outputs = dict(zip(questions, OUTPUTS, strict=True)) | {capital: "Paris, of course"}
    made = evaluate(split, outputs, base_model=base_model)
    score(evaluation=made)
    assert value(made, "correct") == pytest.approx(4 / 7)
    assert value(made, "accuracy", "task:intent") == pytest.approx(4 / 6)
    assert value(made, "token_f1", "task:answers") == pytest.approx(2 * 1 / (3 + 1))
    assert made.scores.filter(metric="f1", slice="task:intent/label:book").exists()
    assert not made.scores.filter(metric="accuracy", slice="").exists()


def test_a_reference_that_is_no_label_is_said_and_nothing_is_lost(evaluation, intent):
    intent.labels = ["book", "cancel"]
    as_if_frozen_with(intent, evaluation)
    assert score(evaluation=evaluation) == []
    evaluation.refresh_from_db()
    assert "refund" in told(evaluation.scoring_failure["message"])
    assert "label" in told(evaluation.scoring_failure["remedy"])
    assert Score.objects.filter(evaluation=evaluation).exists()


def test_truncated_and_empty_outputs_are_counted(evaluate, snapshot, questions, base_model):
    made = evaluate(snapshot, dict.fromkeys(questions, ""), base_model=base_model, ended="length")
    score(evaluation=made)
    assert (value(made, "truncated"), value(made, "empty"), value(made, "unparsed")) == (1, 1, 1)
