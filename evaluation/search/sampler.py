"""Optuna, asked one question at a time: what to try next, what is not worth going on, what mattered.

The study is made anew for each question from the trials as our database has them, and each draw has
a seed of its own, so nothing of Optuna's is stored and a restart forgets nothing (docs/adr/0021).
Optuna is imported when asked: only the light worker ever does.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from evaluation.search.space import Choices, Space

if TYPE_CHECKING:
    import optuna

REDRAWS = 40
"""Draws until one is found that was not tried before; then the space counts as tried out."""
MEDIAN_OF = 4
"""Complete trials there must be before any is pruned: a median of fewer says little."""
MEANINGFUL = 4
"""Complete trials there must be before importances are told."""
STATES = {"complete": "COMPLETE", "pruned": "PRUNED", "failed": "FAIL", "stopped": "FAIL"}
"""States of a trial → Optuna's; everything else still runs."""


class Tried(NamedTuple):
    """A trial as the sampler sees it. `reported`: share of its training in per cent → value."""

    settings: dict[str, Any]
    state: str
    value: float | None = None
    reported: dict[int, float] = {}


def startup(trials: int) -> int:
    """How many trials of so many are drawn at random before TPE models what it saw."""
    return max(3, min(10, trials // 4))


def suggest(
    space: Space, tried: Sequence[Tried], *, maximise: bool, seed: int, random_first: int
) -> dict[str, Any] | None:
    """Settings that no trial had yet, by TPE; None when the space is tried out.

    A failed trial counts as a little worse than the worst that was measured: Optuna forgets failures,
    and would go on proposing what diverges. The same trials and seed give the same answer.
    """
    known = [one.settings for one in tried]
    tried = _failures_count(tried, maximise)
    for draw in range(REDRAWS):
        with _quiet():
            study = _study(tried, space, maximise, seed=seed * REDRAWS + draw, first=random_first)
            found = study.ask(_distributions(space)).params
        if found not in known:
            return found
    return None


def falls_behind(one: Tried, others: Sequence[Tried], space: Space, *, maximise: bool) -> bool:
    """Whether the best that `one` has shown is worse than the median of the complete trials at the
    same share of their training."""
    if not one.reported:
        return False
    at = max(one.reported)
    seen = [
        other._replace(reported=_until(other.reported, at))
        for other in others
        if other.state == "complete"
    ]
    with _quiet():
        import optuna

        study = _study(seen, space, maximise)
        pruner = optuna.pruners.MedianPruner(n_startup_trials=MEDIAN_OF, n_min_trials=MEDIAN_OF)
        return bool(pruner.prune(study, _frozen(one, _distributions(space))))


def importances(space: Space, tried: Sequence[Tried], *, maximise: bool) -> dict[str, float]:
    """Each searched setting's share, summing to 1, in reaching the better trials (PED-ANOVA); empty
    while too few trials are complete, or all of them came out alike."""
    complete = [one for one in tried if one.state == "complete"]
    if len(complete) < MEANINGFUL or len({one.value for one in complete}) == 1:
        return {}
    with _quiet():
        from optuna import importance

        found = importance.get_param_importances(
            _study(complete, space, maximise),
            evaluator=importance.PedAnovaImportanceEvaluator(),
            params=list(space),
        )
    total = sum(found.values())
    if not total > 0:
        return {}
    return {name: round(value / total, 4) for name, value in found.items()}


def _failures_count(tried: Sequence[Tried], maximise: bool) -> list[Tried]:
    values = [one.value for one in tried if one.state == "complete" and one.value is not None]
    if not values:
        return list(tried)
    low, high = min(values), max(values)
    gap = max(high - low, 1e-6)
    bad = low - gap if maximise else high + gap
    return [
        one._replace(state="complete", value=bad) if one.state == "failed" else one for one in tried
    ]


def _until(reported: dict[int, float], share: int) -> dict[int, float]:
    """What was known at `share`: the last value reported until then."""
    before = [at for at in reported if at <= share]
    return {share: reported[max(before)]} if before else {}


def _study(
    tried: Sequence[Tried], space: Space, maximise: bool, *, seed: int = 0, first: int = 0
) -> "optuna.Study":
    import optuna

    sampler = optuna.samplers.TPESampler(
        seed=seed % 2**32, n_startup_trials=first, multivariate=True, constant_liar=True
    )
    study = optuna.create_study(sampler=sampler, direction="maximize" if maximise else "minimize")
    distributions = _distributions(space)
    for one in tried:
        study.add_trial(_frozen(one, distributions))
    return study


def _frozen(one: Tried, distributions: dict[str, Any]) -> "optuna.trial.FrozenTrial":
    from optuna.trial import TrialState, create_trial

    return create_trial(
        state=TrialState[STATES.get(one.state, "RUNNING")],
        value=one.value if one.state == "complete" else None,
        params=one.settings,
        distributions=distributions,
        intermediate_values=one.reported,
    )


def _distributions(space: Space) -> dict[str, Any]:
    from optuna import distributions as of

    made: dict[str, Any] = {}
    for name, one in space.items():
        if isinstance(one, Choices):
            made[name] = of.CategoricalDistribution(one.values)
        elif isinstance(one.low, int) and isinstance(one.high, int):
            made[name] = of.IntDistribution(one.low, one.high, log=one.log)
        else:
            made[name] = of.FloatDistribution(one.low, one.high, log=one.log)
    return made


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Optuna's log line a trial, and its note that some of its arguments may change."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield
