"""One call gives an evaluation's scores, one compares two; rewards are the same functions."""

import pytest
from sklearn.metrics import f1_score

from engine import rewards
from engine.errors import DataError, SpecError
from engine.metrics import SCORERS, Answer, compare, judge, score
from engine.records import Record, TaskInfo

INTENT = TaskInfo("classification", ["book", "cancel", "refund"], "accuracy", "label_match")
SHORT = TaskInfo("short_answer")


def record(id, response, pair=None, language="en", references=()):
    return Record(
        id=id, pair=pair or id, task="t", turns=[{"role": "user", "content": "?"}],
        response=response, language=language, references=list(references),
    )  # fmt: skip


def answers(*rows, **more):
    return [
        Answer(record(i, truth, **more), output) for i, (truth, output) in enumerate(rows, start=1)
    ]


CLASSIFIED = answers(
    ("book", "book"), ("book", "Cancel."), ("cancel", "I'd say cancel"), ("refund", "no idea"),
    ("refund", "refund"), ("cancel", "book or cancel"),
)  # fmt: skip


def by_name(scores):
    return {(one.name, one.slice): one for one in scores}


def test_classification_gives_accuracy_averages_and_labels():
    found = by_name(score(INTENT, CLASSIFIED))
    truths = [one.record.response for one in CLASSIFIED]
    named = ["book", "cancel", "cancel", "unparsed", "refund", "unparsed"]
    macro = f1_score(truths, named, labels=INTENT.labels, average="macro")
    assert found["accuracy", ""].value == 0.5
    assert found["accuracy", ""].settings["interval"] == "wilson"
    assert found["f1_macro", ""].value == pytest.approx(macro)
    assert found["f1_macro", ""].low < macro < found["f1_macro", ""].high
    assert found["f1", "label:refund"].value == pytest.approx(2 / 3)
    assert found["recall", "label:refund"].n == 2
    assert {
        f"{m}_{a}" for m in ("precision", "recall", "f1") for a in ("macro", "micro", "weighted")
    } <= {name for name, _ in found}


def test_the_headline_comes_first():
    assert score(INTENT, CLASSIFIED)[0].name == "accuracy"
    assert score(SHORT, CLASSIFIED)[0].name == "token_f1"
    assert score(TaskInfo("summarization"), CLASSIFIED)[0].name == "rouge_l"


def test_unparsed_truncated_and_empty_outputs_are_counted_beside_every_score():
    cut = [*CLASSIFIED, Answer(record(9, "book"), "", ended="length")]
    scores = score(INTENT, cut)
    shares = {"truncated": 1 / 7, "empty": 1 / 7, "error": 0.0, "unparsed": 3 / 7}
    assert all(one.settings["shares"] == pytest.approx(shares) for one in scores)
    assert by_name(scores)["unparsed", ""].value == pytest.approx(3 / 7)
    assert by_name(scores)["accuracy", ""].n == 7


def test_free_text_gives_means_over_the_best_reference():
    rows = [
        Answer(record(1, "Paris"), "in Paris"),
        Answer(record(2, "Peking", references=["Beijing"]), "Beijing"),
    ]
    found = by_name(score(SHORT, rows))
    assert found["token_f1", ""].value == pytest.approx((2 / 3 + 1) / 2)
    assert found["exact_match", ""].value == 0.5
    assert "squad_v1.1" in found["token_f1", ""].settings["tokenizer"]


def test_each_language_of_a_mixed_split_has_its_own_headline():
    rows = [
        Answer(record(1, "Paris"), "Paris"),
        Answer(record(2, "Rome"), "Oslo"),
        Answer(record(3, "北京市", language="zh"), "北京"),
    ]
    found = by_name(score(SHORT, rows))
    assert found["token_f1", "language:en"].value == 0.5
    assert found["token_f1", "language:zh"].value == pytest.approx(0.8)
    assert not [one for one in score(SHORT, rows[:2]) if one.slice]


def test_answers_of_one_pair_are_resampled_together():
    apart = [Answer(record(i, "a b"), "a" if i % 3 else "a b") for i in range(1, 41)]
    together = [
        Answer(record(i, "a b", pair=i % 4 + 1), "a" if i % 4 else "a b") for i in range(40)
    ]
    wide, narrow = score(SHORT, together)[0], score(SHORT, apart)[0]
    assert wide.high - wide.low > narrow.high - narrow.low


def test_no_answers_give_no_scores():
    assert score(INTENT, []) == []
    assert compare(INTENT, CLASSIFIED, []) == []


def test_a_response_that_is_no_label_is_named():
    with pytest.raises(DataError, match="'upgrade' is not one of the labels book, cancel, refund"):
        score(INTENT, answers(("upgrade", "book")))


def test_a_comparison_is_paired_by_record():
    worse = [Answer(one.record, "no idea") for one in reversed(CLASSIFIED)]
    accuracy, f1, *others = compare(INTENT, worse, CLASSIFIED)
    assert (accuracy.name, accuracy.test, accuracy.n) == ("accuracy", "exact McNemar", 6)
    assert (accuracy.first, accuracy.second, accuracy.delta) == (0.0, 0.5, 0.5)
    assert accuracy.p == pytest.approx(0.25)
    assert accuracy.ci95[0] is not None
    assert (f1.name, f1.test) == ("f1_macro", "paired bootstrap")
    assert f1.delta == pytest.approx(score(INTENT, CLASSIFIED)[3].value)
    whole = {one.name: one.value for one in score(INTENT, CLASSIFIED) if not one.slice}
    assert {one.name: pytest.approx(one.second) for one in [f1, *others]} == {
        name: value
        for name, value in whole.items()
        if name.startswith(("f1", "precision", "recall"))
    }


def test_each_prediction_is_judged_with_what_the_scores_are_made_of():
    judged = [judge(INTENT, one.record, one.output) for one in CLASSIFIED]
    assert [one["label"] for one in judged] == ["book", "cancel", "cancel", None, "refund", None]
    accuracy = sum(one["correct"] for one in judged) / len(judged)
    assert accuracy == score(INTENT, CLASSIFIED)[0].value
    free = judge(SHORT, record(1, "the Eiffel Tower"), "Eiffel tower!")
    assert free == {"correct": True, "label": None, "token_f1": 1.0, "exact_match": 1.0}


@pytest.mark.parametrize(
    ("reward", "metric", "task"),
    [("label_match", "accuracy", INTENT), ("exact_match", "exact_match", SHORT), ("token_f1", "token_f1", SHORT)],
)  # fmt: skip
def test_the_mean_reward_is_the_metric(reward, metric, task):
    give = rewards.reward_for(reward, task)
    earned = [give("?", one.output, one.record.all_references, task) for one in CLASSIFIED]
    assert sum(earned) / len(earned) == pytest.approx(
        by_name(score(task, CLASSIFIED))[metric, ""].value
    )


def test_task_stands_for_each_tasks_own_reward():
    assert rewards.reward_for("task", INTENT) is SCORERS["label_match"]
    assert rewards.reward_for("task", SHORT) is SCORERS["token_f1"]


def test_a_reward_that_does_not_fit_is_refused():
    with pytest.raises(SpecError, match="needs labels"):
        rewards.reward_for("label_match", SHORT)
    with pytest.raises(SpecError, match="not one of"):
        rewards.reward_for("bleu", SHORT)
