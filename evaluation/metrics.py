"""The metrics' names for people, and which of them stand together."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from authoring.measures import NAMES as OF_TASKS
from engine.metrics.classification import AVERAGES

SHARES = ("truncated", "empty", "error", "unparsed")
"""How outputs ended; beside every score, never a score themselves."""

NAMES: dict[str, Any] = {
    "accuracy": _("Accuracy"),
    "correct": _("Right answers"),
    "precision": _("Precision"),
    "recall": _("Recall"),
    "f1": _("F1"),
    "precision_macro": _("Precision, macro"),
    "recall_macro": _("Recall, macro"),
    "f1_macro": OF_TASKS["f1_macro"],
    "precision_micro": _("Precision, micro"),
    "recall_micro": _("Recall, micro"),
    "f1_micro": _("F1, micro"),
    "precision_weighted": _("Precision, weighted"),
    "recall_weighted": _("Recall, weighted"),
    "f1_weighted": _("F1, weighted"),
    "log_loss": _("Log loss"),
    "brier": _("Brier score"),
    "ece": _("Calibration error (ECE)"),
    "auroc_macro": _("AUROC, macro"),
    "auroc": _("AUROC"),
    "exact_match": OF_TASKS["exact_match"],
    "token_f1": OF_TASKS["token_f1"],
    "rouge_l": OF_TASKS["rouge_l"],
    "truncated": _("Truncated"),
    "empty": _("Empty"),
    "error": _("Failed"),
    "unparsed": _("Unparsed"),
}

MEANINGS = {
    "accuracy": _("Share of right answers. An unparsed output is a wrong answer."),
    "correct": _("Share of right answers: the label, or an exact match after normalisation."),
    "f1_macro": _("The mean of the labels' F1: every label counts the same, however rare."),
    "f1_micro": _("F1 of the counts summed over labels: every answer counts the same."),
    "f1_weighted": _("The mean of the labels' F1, weighted by how often each occurs."),
    "log_loss": _(
        "How unlikely the model held what was true, in nats; guessing costs the logarithm of the number "
        "of labels. Smaller is better."
    ),
    "brier": _(
        "Squared distance between the labels' probabilities and the truth, summed over the labels: 0 "
        "to 2. Smaller is better."
    ),
    "ece": _(
        "How far the model's certainty and its share of right answers lie apart, over 15 bins of equal "
        "width; few answers a bin make it too large. Smaller is better."
    ),
    "auroc_macro": _(
        "The chance that a question with a label is given more of it than one without; the mean over "
        "the labels. Guessing gives 0.5."
    ),
    "exact_match": _("Share of outputs equal to a reference after normalisation."),
    "token_f1": _("Words shared by output and reference, as SQuAD counts them; mean over answers."),
    "rouge_l": _(
        "Longest run of words shared in order by output and reference; mean over answers."
    ),
    "truncated": _("Outputs that were cut at the longest length allowed."),
    "empty": _("Outputs with nothing in them."),
    "error": _("Prompts that could not be answered, for example because they are too long."),
    "unparsed": _("Outputs that name no label, or several. They count as wrong."),
}

OF_PROBABILITIES = ("log_loss", "brier", "ece", "auroc_macro")
"""Only of models that give every label a probability before they pick one."""

PREFERRED = ("f1_macro", "accuracy", "rouge_l", "token_f1", "correct")


def default_metric(metrics: Sequence[str]) -> str:
    """The one to look at first."""
    return next((one for one in PREFERRED if one in metrics), metrics[0] if metrics else "")


def columns(metrics: Sequence[str], chosen: str) -> list[str]:
    """What a table shows side by side: accuracy, precision, recall and F1 under the averaging of
    `chosen`, and `chosen` itself where it is another."""
    if "accuracy" not in metrics:
        return list(metrics)
    _metric, _underscore, named = chosen.partition("_")
    average = named if named in AVERAGES else "macro"
    wanted = ["accuracy", *(f"{one}_{average}" for one in ("precision", "recall", "f1"))]
    return [one for one in dict.fromkeys([*wanted, chosen]) if one in metrics]
