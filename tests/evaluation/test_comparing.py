"""Two models on the same questions: the difference is paired."""

import pytest
from statsmodels.stats.contingency_tables import mcnemar

from authoring.errors import Conflict, Invalid
from evaluation.comparing import compare
from evaluation.models import Comparison
from evaluation.scoring import score
from tests.evaluation.conftest import as_if_frozen_with


@pytest.fixture
def base(evaluate, snapshot, questions, base_model):
    made = evaluate(snapshot, dict.fromkeys(questions, "book"), base_model=base_model)
    score(evaluation=made)
    made.refresh_from_db()
    return made


@pytest.fixture
def trained(evaluate, snapshot, questions, checkpoint):
    outputs = {one: one.response for one in questions} | {questions[0]: "no idea"}
    made = evaluate(snapshot, outputs, checkpoint=checkpoint)
    score(evaluation=made)
    made.refresh_from_db()
    return made


def of(comparisons, metric, slice=""):
    [found] = [one for one in comparisons if (one.metric, one.slice) == (metric, slice)]
    return found


def test_accuracy_differs_by_exact_mcnemar(base, trained):
    found = of(compare(first=base, second=trained), "accuracy")
    assert (found.first_value, found.second_value) == pytest.approx((2 / 6, 5 / 6))
    assert found.test == "exact McNemar"
    assert found.p == pytest.approx(mcnemar([[1, 1], [4, 0]], exact=True).pvalue)


def test_other_metrics_differ_by_a_paired_bootstrap_with_an_interval(base, trained):
    found = of(compare(first=base, second=trained), "f1_macro")
    assert found.test == "paired bootstrap"
    assert found.low <= found.delta <= found.high
    assert (found.n, found.settings["method"]) == (6, "bca")


def test_scoring_a_checkpoint_keeps_its_comparison_with_the_untrained_model(base, trained):
    assert Comparison.objects.filter(first=base, second=trained, metric="f1_macro").exists()


def test_it_is_kept_when_the_untrained_model_is_scored_last(
    evaluate, snapshot, questions, base_model, trained
):
    assert not Comparison.objects.exists()
    late = evaluate(snapshot, dict.fromkeys(questions, "book"), base_model=base_model)
    score(evaluation=late)
    assert Comparison.objects.filter(first=late, second=trained).exists()


def test_scoring_again_brings_the_comparison_up_to_date(base, trained, questions):
    trained.predictions.update(output="book")
    score(evaluation=trained)
    assert Comparison.objects.get(second=trained, metric="accuracy").delta == 0


def test_any_two_can_be_compared_the_other_way_round(base, trained):
    there = of(compare(first=base, second=trained), "accuracy")
    back = of(compare(first=trained, second=base), "accuracy")
    assert back.delta == pytest.approx(-there.delta)
    assert back.p == there.p


def test_several_tasks_are_compared_together_and_one_by_one(
    evaluate, freeze, questions, answers, write, base_model, checkpoint
):
    capital = write(answers, "Capital of France?", "Paris")
    split = freeze(test=[*questions, capital])
    wrong = dict.fromkeys([*questions, capital], "?")
    right = {one: one.response for one in wrong}
    before = evaluate(split, wrong, base_model=base_model)
    after = evaluate(split, right, checkpoint=checkpoint)
    for one in (before, after):
        score(evaluation=one)
        one.refresh_from_db()
    found = compare(first=before, second=after)
    assert of(found, "correct").delta == 1
    assert of(found, "correct").p == pytest.approx(2 / 2**7)
    assert of(found, "token_f1", "task:answers").delta == 1


def test_different_questions_are_not_compared(base, evaluate, freeze, questions, checkpoint):
    other = evaluate(freeze(test=questions[:2]), dict.fromkeys(questions[:2], "book"),
                     checkpoint=checkpoint)  # fmt: skip
    score(evaluation=other)
    other.refresh_from_db()
    with pytest.raises(Invalid, match="different questions"):
        compare(first=base, second=other)


def test_what_is_not_scored_is_not_compared(base, evaluate, snapshot, questions, checkpoint):
    unscored = evaluate(snapshot, dict.fromkeys(questions, "book"), checkpoint=checkpoint)
    with pytest.raises(Conflict, match="not scored yet"):
        compare(first=base, second=unscored)


def test_a_metric_that_is_no_more_leaves_no_comparison_behind(base, trained, intent):
    intent.kind = "short_answer"
    as_if_frozen_with(intent, trained)
    score(evaluation=trained)
    found = set(Comparison.objects.filter(second=trained).values_list("metric", flat=True))
    assert found == {"token_f1", "exact_match"}


@pytest.mark.parametrize(
    ("low", "high", "differs"),
    [(0.1, 0.3, True), (-0.3, -0.1, True), (-0.1, 0.3, False), (None, None, False)],
)
def test_a_difference_is_one_where_the_interval_leaves_out_zero(low, high, differs):
    assert Comparison(low=low, high=high, delta=0.1).differs is differs
