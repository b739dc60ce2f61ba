"""Metrics: pure functions over texts, numpy and nothing heavier.

    score(task, answers)          every score of one evaluation, with intervals
    compare(task, first, second)  paired differences of two evaluations
    judge(task, record, output)   what is stored beside one prediction
    SCORERS                       (prompt, response, references, task) → [0, 1]; rewards too

One metric a file: exact_match, token_f1, rouge_l, labels (parsing), classification, bootstrap,
intervals (Wilson), mcnemar, calibration (log loss, Brier score, ECE) and auroc, which read forecasts.
`direction` says which way each gets better; `tokenizers` names how text is cut. Scikit-learn, statsmodels and
scipy are the oracles in the tests; here they would cost the web process a second and 145 MB.
"""

from engine.metrics.comparison import compare
from engine.metrics.results import Answer, Comparison, Score
from engine.metrics.scorers import SCORERS, Scorer, judge, scorers_for
from engine.metrics.scoring import outcome_shares, score

__all__ = [
    "SCORERS",
    "Answer",
    "Comparison",
    "Score",
    "Scorer",
    "compare",
    "judge",
    "outcome_shares",
    "score",
    "scorers_for",
]
