"""Precision, recall and F1 have scikit-learn's semantics, unparsed outputs included."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from engine.metrics.classification import classification_report

LABELS = ["ABBR", "DESC", "HUM", "LOC"]


def random_answers(seed, n=200):
    random = np.random.default_rng(seed)
    truths = list(random.choice(LABELS[:3], n))  # LOC has no support
    choices = [*LABELS, None] if seed % 2 else [*LABELS[:2], None]
    return truths, [t if random.random() < 0.5 else random.choice(choices) for t in truths]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_averages_equal_scikit_learn(seed, average):
    truths, predictions = random_answers(seed)
    ours = classification_report(truths, predictions, LABELS).averages[average]
    oracle = precision_recall_fscore_support(
        truths, [p or "unparsed" for p in predictions], labels=LABELS, average=average,
        zero_division=0,
    )  # fmt: skip
    assert tuple(ours) == pytest.approx(oracle[:3])


@pytest.mark.parametrize("seed", range(6))
def test_every_label_equals_scikit_learn(seed):
    truths, predictions = random_answers(seed)
    ours = classification_report(truths, predictions, LABELS).per_label
    oracle = precision_recall_fscore_support(
        truths, [p or "unparsed" for p in predictions], labels=LABELS, zero_division=0
    )
    found = [(one.precision, one.recall, one.f1, one.support) for one in ours]
    assert np.array(found) == pytest.approx(np.array(oracle).T)


def test_the_confusion_matrix_has_an_unparsed_column_and_keeps_every_row():
    truths, predictions = random_answers(1)
    report = classification_report(truths, predictions, LABELS)
    oracle = confusion_matrix(
        truths, [p or "unparsed" for p in predictions], labels=[*LABELS, "unparsed"]
    )
    assert report.confusion == oracle[:-1].tolist()
    assert sum(map(sum, report.confusion)) == report.n == 200


def test_an_unparsed_output_is_a_wrong_answer():
    report = classification_report(["HUM", "HUM"], ["HUM", None], LABELS)
    assert report.accuracy == 0.5
    assert report.averages["micro"].recall == 0.5
    assert report.averages["micro"].precision == 1.0


def test_a_truth_outside_the_label_set_is_refused():
    with pytest.raises(ValueError, match="not in the label set: NUM"):
        classification_report(["NUM"], ["HUM"], LABELS)
