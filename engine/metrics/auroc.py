"""Area under the ROC curve: does what is likelier score higher?"""

from __future__ import annotations

import numpy as np

Array = np.ndarray


def auroc(scores: Array, positive: Array) -> float:
    """The chance that a positive row has the higher score of a positive and a negative one.

    scores, positive (bool): [n]. Formula: the mean over such pairs of [higher] + ½[equal].
    Empty input: NaN where no row, or every row, is positive.
    Source: Hanley & McNeil (1982); scikit-learn's roc_auc_score.

    >>> auroc(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True]))
    0.75
    """
    above, _below = _placements(scores, positive)
    return float(above.mean()) if len(above) and not positive.all() else float("nan")


def auroc_rows(scores: Array, positive: Array) -> Array:
    """[n], rows whose mean is the AUROC and whose resampled means scatter as it does.

    AUROC is a sum over pairs of rows, not over rows; to first order a row changes it by how much its
    own placement among the rows of the other kind differs from the mean one (the projection of
    Hájek, the structural components of DeLong). All NaN where it is undefined.
    Source: DeLong, DeLong & Clarke-Pearson (1988); Sun & Xu (2014); clusters: Obuchowski (1997).
    """
    above, below = _placements(scores, positive)
    n, area = len(scores), auroc(scores, positive)
    rows = np.full(n, area)
    if not np.isnan(area):
        rows[positive] += n / len(above) * (above - area)
        rows[~positive] += n / len(below) * (below - area)
    return rows


def _placements(scores: Array, positive: Array) -> tuple[Array, Array]:
    """For each positive row the share of negative ones below it; for each negative row the share of
    positive ones above it. Equal scores count half."""
    ranks, ups, downs = _midranks(scores), scores[positive], scores[~positive]
    with np.errstate(divide="ignore", invalid="ignore"):
        above = (ranks[positive] - _midranks(ups)) / len(downs) if len(ups) else np.empty(0)
        below = 1 - (ranks[~positive] - _midranks(downs)) / len(ups) if len(downs) else np.empty(0)
    return above, below


def _midranks(values: Array) -> Array:
    """Ranks from 1; equal values share the mean of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (counts.cumsum() - (counts - 1) / 2)[which]
