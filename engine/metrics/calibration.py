"""How far a classifier's probabilities can be believed: log loss, Brier score, ECE, AUROC.

Accuracy asks whether the label was right; these ask whether what was called 90 % is right nine times
in ten, and whether what is likelier is oftener true. Log loss and the Brier score are proper: no
model does better by saying other than what it believes. ECE is not (whoever always answers with the
shares of the labels has none), so it is read, and nothing is chosen by it.

Each is here as rows whose sums it is a function of, so that `bootstrap` can resample it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from engine.metrics.auroc import auroc_rows
from engine.metrics.bootstrap import Statistic, mean
from engine.metrics.forecasts import Forecasts
from engine.metrics.intervals import wilson

Array = np.ndarray

BINS = 15
"""Of equal width, as Guo et al. have them."""


class Measure(NamedTuple):
    """A metric of forecasts: `statistic` of the summed `rows`."""

    name: str
    rows: Callable[[Forecasts], Array]
    """[n, k + 1], the last column ones."""
    statistic: Statistic
    settings: dict[str, object]
    method: str = "bca"
    """Of `Resampling`."""
    most: float = float("inf")
    """Its largest value; the smallest is 0."""


class Bin(NamedTuple):
    """The answers of which the model was about equally sure: confidence in (start, end]."""

    start: float
    end: float
    n: int
    confidence: float | None
    """Their mean confidence; None where there are none."""
    accuracy: float | None
    """The share of them that is right, with its Wilson interval."""
    low: float | None
    high: float | None


def log_loss(found: Forecasts) -> float:
    """Mean negative log-probability of the true label, in nats; 0 is perfect, ln(labels) is guessing.

    Formula: −(1/n) Σ ln p[i, true label of i]. Nothing is clipped: infinite where the model has no
    class for a true label (`unknown_labels`).
    Empty input: NaN.
    Source: Good (1952); scikit-learn's log_loss, which clips at 2.2e-16.

    >>> from engine.metrics.forecasts import forecasts
    >>> round(log_loss(forecasts(["a"], [{"a": np.log(0.5), "b": np.log(0.5)}], ["a", "b"])), 4)
    0.6931
    """
    return float(mean(_log_losses(found).sum(axis=0))[0])


def brier(found: Forecasts) -> float:
    """Mean squared distance between the probabilities and the truth, over all classes: 0 to 2.

    Formula: (1/n) Σ_i Σ_k (p[i, k] − [k is true of i])², Brier's own, not halved: of two labels it
    is twice what is called the Brier score of one probability.
    Empty input: NaN.
    Source: Brier (1950); scikit-learn's brier_score_loss(scale_by_half=False).

    >>> from engine.metrics.forecasts import forecasts
    >>> brier(forecasts(["a"], [{"a": np.log(0.5), "b": np.log(0.5)}], ["a", "b"]))
    0.5
    """
    return float(mean(_squares(found).sum(axis=0))[0])


def ece(found: Forecasts) -> float:
    """Expected calibration error of the likeliest label, 15 bins of equal width: 0 to 1.

    Formula: Σ_b |Σ_{i in b} (confidence of i − [i is right])| / n, where the confidence is the
    highest probability of a row and b is (start, end]; the first bin takes 0 too. It counts an
    answer as right where the likeliest label is the true one. Few rows a bin make it too large.
    Empty input: NaN.
    Source: Naeini et al. (2015); Guo et al. (2017), On Calibration of Modern Neural Networks.
    """
    return float(_gap(_gaps(found).sum(axis=0))[0])


def unknown_labels(found: Forecasts) -> list[str]:
    """True labels that the model has no class for: it can never be right about them."""
    given = np.isfinite(found.logprobs[np.arange(len(found.truths)), found.truths])
    return sorted({found.columns[at] for at in found.truths[~given]})


def one_sided(found: Forecasts) -> list[str]:
    """The task's labels that no row has, or every row: they have no AUROC, and the macro mean is
    over the others."""
    support = found.is_true.sum(axis=0)[: found.labels]
    sides = zip(found.columns, support, strict=False)
    return [label for label, n in sides if n in (0, len(found.truths))]


def told_once(found: Forecasts) -> list[str]:
    """The task's labels of which there is a single row, or a single row without."""
    support = found.is_true.sum(axis=0)[: found.labels]
    sides = zip(found.columns, support, strict=False)
    return [label for label, n in sides if 1 in (n, len(found.truths) - n)]


def area_rows(found: Forecasts) -> Array:
    """[n, D + 1]: AUROC one against the rest of the D labels that have one, as `auroc_rows`."""
    left_out = one_sided(found)
    told = [at for at in range(found.labels) if found.columns[at] not in left_out]
    areas = [auroc_rows(found.logprobs[:, at], found.truths == at) for at in told]
    return np.column_stack([*areas, np.ones(len(found.truths))])


def macro_and_each(sums: Array) -> Array:
    """[..., 1 + D]: the mean over labels of their AUROCs, then each."""
    each = mean(sums)
    return np.concatenate([_macro(sums), each], axis=-1)


def reliability(found: Forecasts) -> list[Bin]:
    """How often the likeliest label is right, by how sure of it the model was: all 15 bins."""
    confidence, right = _confidence(found)
    where = _bin_of(confidence)
    edges = np.linspace(0, 1, BINS + 1)
    bins = []
    for at in range(BINS):
        inside = where == at
        n = int(inside.sum())
        sure = float(confidence[inside].mean()) if n else None
        share = float(right[inside].mean()) if n else None
        interval = wilson(int(right[inside].sum()), n)
        bins.append(Bin(float(edges[at]), float(edges[at + 1]), n, sure, share, *interval))
    return bins


def _log_losses(found: Forecasts) -> Array:
    return _with_ones(-found.logprobs[np.arange(len(found.truths)), found.truths])


def _squares(found: Forecasts) -> Array:
    return _with_ones(((found.probabilities - found.is_true) ** 2).sum(axis=1))


def _gaps(found: Forecasts) -> Array:
    """[n, BINS + 1]: how much too sure a row's answer is, in the column of its bin."""
    confidence, right = _confidence(found)
    rows = np.zeros((len(confidence), BINS))
    rows[np.arange(len(confidence)), _bin_of(confidence)] = confidence - right
    return _with_ones(rows)


def _gap(sums: Array) -> Array:
    with np.errstate(invalid="ignore"):
        return np.abs(sums[..., :-1]).sum(axis=-1, keepdims=True) / sums[..., -1:]


def _confidence(found: Forecasts) -> tuple[Array, Array]:
    """The highest probability of each row, and whether it is the true label's; both [n]."""
    likeliest = found.logprobs.argmax(axis=1)
    return np.exp(found.logprobs.max(axis=1)), likeliest == found.truths


def _bin_of(confidence: Array) -> Array:
    return np.digitize(confidence, np.linspace(0, 1, BINS + 1)[1:-1], right=True)


def _macro(sums: Array) -> Array:
    return mean(sums).mean(axis=-1, keepdims=True)


def _with_ones(rows: Array) -> Array:
    return np.column_stack([rows, np.ones(len(rows))])


MEASURES = (
    Measure("log_loss", _log_losses, mean, {"unit": "nats"}),
    Measure("brier", _squares, mean, {"summed_over": "classes"}, most=2.0),
    Measure(
        "ece",
        _gaps,
        _gap,
        {"number_of_bins": BINS, "binning": "equal width, likeliest label"},
        method="centred",
        most=1.0,
    ),
)
AREA = Measure("auroc_macro", area_rows, _macro, {"multiclass": "one against the rest"}, most=1.0)
"""Apart, for its labels are scored with it."""
