"""Log loss, Brier score, ECE and AUROC equal scikit-learn's and worked examples; what is undefined says why."""

from math import exp, log

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.metrics import log_loss as sklearn_log_loss

from engine.metrics import Answer, compare, score
from engine.metrics.auroc import auroc, auroc_rows
from engine.metrics.bootstrap import Resampling, bootstrap
from engine.metrics.calibration import _bin_of, brier, ece, log_loss, reliability
from engine.metrics.forecasts import forecasts
from engine.records import Record, TaskInfo

LABELS = ["book", "cancel", "refund"]
INTENT = TaskInfo("classification", LABELS, "accuracy", "label_match")
QUICK = Resampling(resamples=400)


def record(id, truth, pair=None):
    turns = [{"role": "user", "content": "?"}]
    return Record(id=id, pair=pair or id, task="intent", turns=turns, response=truth)


def believed(n, seed=3, sharpness=1.0):
    """n truths drawn from probabilities, and these made `sharpness` times as sure."""
    random = np.random.default_rng(seed)
    scores = 1.5 * random.normal(size=(n, len(LABELS)))
    truths = [random.choice(LABELS, p=_softmax(row)) for row in scores]
    return truths, np.array([_softmax(sharpness * row) for row in scores])


def _softmax(row):
    return np.exp(row) / np.exp(row).sum()


def told(probabilities, labels=LABELS):
    return [dict(zip(labels, np.log(row).tolist(), strict=True)) for row in probabilities]


def answers(truths, probabilities):
    rows = zip(truths, told(probabilities), strict=True)
    return [
        Answer(record(at, truth), max(row, key=row.get), label_logprobs=row)
        for at, (truth, row) in enumerate(rows, start=1)
    ]


def by_name(scores):
    return {(one.name, one.slice): one for one in scores}


def test_each_equals_scikit_learn():
    truths, table = believed(200)
    found = forecasts(truths, told(table), LABELS)
    assert log_loss(found) == pytest.approx(sklearn_log_loss(truths, table, labels=LABELS))
    theirs = brier_score_loss(truths, table, labels=LABELS, scale_by_half=False)
    assert brier(found) == pytest.approx(theirs)
    scored = by_name(score(INTENT, answers(truths, table), QUICK))
    macro = roc_auc_score(truths, table, multi_class="ovr", average="macro", labels=LABELS)
    assert scored["auroc_macro", ""].value == pytest.approx(macro)
    for at, label in enumerate(LABELS):
        theirs = roc_auc_score(np.array(truths) == label, table[:, at])
        assert scored["auroc", f"label:{label}"].value == pytest.approx(theirs)


def test_equal_scores_count_half_in_the_area_as_in_scikit_learn():
    random = np.random.default_rng(2)
    scores, positive = random.integers(5, size=60) / 5, random.random(60) < 0.3
    assert auroc(scores, positive) == pytest.approx(roc_auc_score(positive, scores))


def test_ece_equals_a_plain_loop_over_the_bins():
    truths, table = believed(300, sharpness=2.5)
    sure, right = table.max(axis=1), np.array(LABELS)[table.argmax(axis=1)] == np.array(truths)
    expected = 0.0
    for at in range(15):
        inside = (sure > at / 15) & (sure <= (at + 1) / 15)
        if inside.any():
            expected += inside.sum() / 300 * abs(right[inside].mean() - sure[inside].mean())
    assert ece(forecasts(truths, told(table), LABELS)) == pytest.approx(expected)
    assert expected > 0.1


def test_a_worked_example():
    """Two answers sure to 0.8, one right; one sure to 0.6, right. All by hand."""
    table = [[0.8, 0.2], [0.8, 0.2], [0.4, 0.6]]  # 0.6 and 0.8 are edges of bins
    found = forecasts(["a", "b", "b"], told(table, ["a", "b"]), ["a", "b"])
    assert log_loss(found) == pytest.approx(-(log(0.8) + log(0.2) + log(0.6)) / 3)
    assert brier(found) == pytest.approx((2 * 0.04 + 2 * 0.64 + 2 * 0.16) / 3)
    assert ece(found) == pytest.approx((abs(1.6 - 1) + abs(0.6 - 1)) / 3)
    lower, upper = (one for one in reliability(found) if one.n)
    assert (lower.n, lower.accuracy, upper.n, upper.accuracy) == (1, 1.0, 2, 0.5)
    assert upper.confidence == pytest.approx(0.8)


def test_bins_hold_their_upper_edge_and_the_first_holds_nothing_too():
    assert _bin_of(np.array([0.0, 1 / 15, 0.0667, 0.5, 14 / 15, 0.934, 1.0])).tolist() == [
        *(0, 0, 1, 7, 13, 14, 14)
    ]


def test_every_score_has_its_interval_n_and_settings():
    truths, table = believed(120)
    scored = by_name(score(INTENT, answers(truths, table)))
    for name in ("log_loss", "brier", "ece", "auroc_macro"):
        found = scored[name, ""]
        assert found.low <= found.value <= found.high, name
        assert found.n == 120
        how = "centred" if name == "ece" else "bca"
        assert found.settings["interval"] == f"bootstrap, {how}"
    assert sum(one["n"] for one in scored["ece", ""].settings["bins"]) == 120
    assert scored["accuracy", ""].value == scored["f1_micro", ""].value  # and nothing else moved


def test_an_areas_interval_is_that_of_a_bootstrap_that_computes_it_anew_each_time():
    truths, table = believed(250)
    scores, positive = table[:, 0], np.array(truths) == "book"
    random = np.random.default_rng(8)
    drawn = [
        auroc(scores[rows], positive[rows])
        for rows in (random.integers(250, size=250) for _ in range(2000))
    ]
    rows = np.column_stack([auroc_rows(scores, positive), np.ones(250)])
    [ours] = bootstrap(rows, how=Resampling(resamples=4000, method="percentile"))
    assert ours.value == pytest.approx(auroc(scores, positive))
    assert ours.interval == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])), abs=0.006)


def test_rows_of_one_pair_are_drawn_together():
    truths, table = believed(60)
    alone = answers(truths, table)
    twice = [
        Answer(record(at + 1000 * half, one.record.response, pair=at), one.output,
               label_logprobs=one.label_logprobs)
        for half in (0, 1) for at, one in enumerate(alone, start=1)
    ]  # fmt: skip
    once, doubled = (by_name(score(INTENT, some, QUICK)) for some in (alone, twice))
    for name in ("log_loss", "brier", "auroc_macro"):
        a, b = once[name, ""], doubled[name, ""]
        assert b.value == pytest.approx(a.value)
        assert b.high - b.low == pytest.approx(a.high - a.low, rel=0.15)


def test_a_label_that_no_question_has_is_said_and_its_area_left_out_of_the_mean():
    truths, table = believed(80)
    kept = [at for at, truth in enumerate(truths) if truth != "refund"]
    some = answers([truths[at] for at in kept], table[kept])
    scored = by_name(score(INTENT, some, QUICK))
    absent = scored["auroc", "label:refund"]
    assert absent.value is None
    assert "refund" in absent.settings["why"]
    macro = scored["auroc_macro", ""]
    each = [scored["auroc", f"label:{one}"].value for one in ("book", "cancel")]
    assert macro.value == pytest.approx(np.mean(each))
    assert macro.settings["labels_left_out"] == ["refund"]
    assert scored["log_loss", ""].value is not None


def test_a_label_that_one_question_has_gets_an_area_and_no_interval():
    truths, table = believed(80)
    first = truths.index("refund")
    kept = [at for at, truth in enumerate(truths) if truth != "refund" or at == first]
    scored = by_name(score(INTENT, answers([truths[at] for at in kept], table[kept]), QUICK))
    for found in (scored["auroc", "label:refund"], scored["auroc_macro", ""]):
        assert found.value is not None
        assert found.low is found.high is None
        assert "refund" in found.settings["no_interval"]["why"]
    assert scored["auroc", "label:book"].low is not None


def test_a_label_that_the_model_has_no_class_for_makes_its_log_loss_undefined_and_says_so():
    known = {"book": log(0.9), "cancel": log(0.1)}
    rows = [Answer(record(1, "book"), "book", label_logprobs=known),
            Answer(record(2, "refund"), "book", label_logprobs=known)]  # fmt: skip
    scored = by_name(score(INTENT, rows, QUICK))
    assert scored["log_loss", ""].value is None
    assert "refund" in scored["log_loss", ""].settings["why"]
    assert scored["brier", ""].value == pytest.approx((2 * 0.01 + 0.81 + 0.01 + 1) / 2)


def test_classes_are_read_as_answers_are_and_those_of_other_tasks_count_against_the_model():
    given = {"Refund.": log(0.3), "refund": log(0.2), "happy": log(0.5)}
    found = forecasts(["refund"], [given], LABELS)
    assert found.columns == [*LABELS, "happy"]
    assert found.probabilities[0].tolist() == pytest.approx([0, 0, 0.5, 0.5])
    assert log_loss(found) == pytest.approx(log(2))
    assert brier(found) == pytest.approx(0.5)


def test_answers_without_probabilities_are_counted_and_those_of_a_writing_model_give_no_scores():
    truths, table = believed(30)
    some = answers(truths, table)
    failed = Answer(record(99, "book"), "", ended="error")
    scored = by_name(score(INTENT, [*some, failed], QUICK))
    assert (scored["accuracy", ""].n, scored["brier", ""].n) == (31, 30)
    assert scored["brier", ""].settings["without_probabilities"] == 1
    writing = [Answer(one.record, one.output) for one in some]
    assert not {"log_loss", "brier", "ece", "auroc_macro"} & {
        name for name, _ in by_name(score(INTENT, writing, QUICK))
    }


def test_two_models_are_compared_by_them_on_the_rows_where_both_gave_any():
    truths, honest = believed(150)
    _truths, boastful = believed(150, sharpness=4.0)
    first, second = answers(truths, boastful), answers(truths, honest)
    second[0] = Answer(second[0].record, "", ended="error")
    found = {one.name: one for one in compare(INTENT, first, second, Resampling(resamples=2000))}
    for name in ("log_loss", "brier", "ece"):
        one = found[name]
        assert one.second < one.first
        assert one.delta == pytest.approx(one.second - one.first)
        assert one.high < 0
        assert (one.n, one.test, one.p < 0.05) == (149, "paired bootstrap", True)
    assert found["log_loss"].first == pytest.approx(
        -np.mean(
            [
                log(row[LABELS.index(truth)])
                for truth, row in list(zip(truths, boastful, strict=True))[1:]
            ]
        )
    )
    assert abs(found["auroc_macro"].delta) < 0.02
    assert found["accuracy"].n == 150


def test_a_probability_of_almost_nothing_stays_finite():
    found = forecasts(["a"], [{"a": -900.0, "b": 0.0}], ["a", "b"])
    assert exp(-900.0) == 0.0
    assert log_loss(found) == 900.0
