"""Scorers: one signature over the metrics, so that what is measured is what RL can optimise.

A scorer takes (prompt, response, references, task) and gives a number in [0, 1]. References are
never empty and the record's own response comes first. `judge` scores a stored prediction with
them, `engine.rewards` a rollout: the same function objects, held by a test.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.errors import DataError
from engine.metrics.exact_match import exact_match as _exact_match
from engine.metrics.labels import parse_label
from engine.metrics.rouge_l import rouge_l as _rouge_l
from engine.metrics.token_f1 import token_f1 as _token_f1
from engine.records import Record, TaskInfo
from engine.words import _

Scorer = Callable[[str, str, Sequence[str], TaskInfo], float]


def label_match(prompt: str, response: str, references: Sequence[str], task: TaskInfo) -> float:
    """1.0 when the response names the true label, 0.0 when another or none (`parse_label`)."""
    return float(parse_label(response, task.labels) == true_label(references[0], task))


def exact_match(prompt: str, response: str, references: Sequence[str], task: TaskInfo) -> float:
    """`engine.metrics.exact_match` with the tokenizer picked by the references."""
    return _exact_match(response, references)


def token_f1(prompt: str, response: str, references: Sequence[str], task: TaskInfo) -> float:
    """`engine.metrics.token_f1` with the tokenizer picked by the references."""
    return _token_f1(response, references)


def rouge_l(prompt: str, response: str, references: Sequence[str], task: TaskInfo) -> float:
    """`engine.metrics.rouge_l` with the tokenizer picked by the references."""
    return _rouge_l(response, references)


SCORERS: dict[str, Scorer] = {
    scorer.__name__: scorer for scorer in (label_match, exact_match, token_f1, rouge_l)
}


def scorers_for(task: TaskInfo) -> tuple[str, ...]:
    """Names of the scorers that make sense for a kind of task, the headline first."""
    if task.kind == "classification":
        return ("label_match",)
    if task.kind == "summarization":
        return ("rouge_l", "token_f1", "exact_match")
    return ("token_f1", "exact_match")


def judge(task: TaskInfo, record: Record, output: str) -> dict[str, Any]:
    """What is stored beside one prediction: `correct`, `label`, and each scorer's value.

    `label` is the label that the output names, None when unparsed or when the task has none.
    `correct` is label_match for classification, exact_match for everything else.
    Raises DataError when a classification record's response is not one of the task's labels.
    """
    values = {
        name: SCORERS[name]("", output, record.all_references, task) for name in scorers_for(task)
    }
    if task.kind == "classification":
        label = parse_label(output, task.labels)
        return {"correct": values["label_match"] == 1.0, "label": label, **values}
    return {"correct": values["exact_match"] == 1.0, "label": None, **values}


def true_label(response: str, task: TaskInfo) -> str:
    """The label that a reference names. Raises DataError when it names none of the task's."""
    label = parse_label(response, task.labels)
    if label is None:
        raise DataError(
            _(
                "the response %(response)s is not one of the labels %(labels)s",
                response=repr(response),
                labels=", ".join(task.labels),
            ),
            _("Correct the pair, or add the label to the task, and freeze the snapshot again."),
        )
    return label
