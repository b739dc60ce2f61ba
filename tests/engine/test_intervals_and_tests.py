"""Wilson, McNemar and the bootstrap equal statsmodels, scipy and a plain loop."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score
from statsmodels.stats.contingency_tables import mcnemar as statsmodels_mcnemar
from statsmodels.stats.proportion import proportion_confint

from engine.metrics.bootstrap import Resampling, bootstrap, mean, paired_bootstrap
from engine.metrics.classification import averages, contribute
from engine.metrics.intervals import UNDEFINED, wilson
from engine.metrics.mcnemar import mcnemar

LABELS = ["a", "b", "c"]


def with_ones(values):
    return np.column_stack([values, np.ones(len(values))])


def macro_f1(sums):
    return averages(sums)[..., 2:3]


@pytest.mark.parametrize(("hits", "n"), [(0, 1), (1, 1), (0, 30), (95, 100), (484, 500)])
def test_wilson_equals_statsmodels(hits, n):
    assert wilson(hits, n) == pytest.approx(proportion_confint(hits, n, method="wilson"))


def test_wilson_of_nothing_is_undefined():
    assert wilson(0, 0) == UNDEFINED


@pytest.mark.parametrize("table", [(40, 8, 2, 50), (0, 0, 0, 10), (5, 300, 250, 9), (1, 1, 1, 1)])
def test_mcnemar_equals_statsmodels_exact(table):
    both, first, second, neither = table
    a = [True] * both + [True] * first + [False] * second + [False] * neither
    b = [True] * both + [False] * first + [True] * second + [False] * neither
    oracle = statsmodels_mcnemar([[both, first], [second, neither]], exact=True)
    assert mcnemar(a, b).p == pytest.approx(min(1.0, oracle.pvalue))


def test_bca_of_a_skewed_mean_equals_scipy():
    values = np.random.default_rng(5).exponential(size=40)
    oracle = stats.bootstrap(
        (values,), np.mean, n_resamples=100_000, method="BCa", rng=np.random.default_rng(0)
    ).confidence_interval
    [ours] = bootstrap(with_ones(values), how=Resampling(resamples=100_000))
    assert ours.interval == pytest.approx(tuple(oracle), abs=0.004)
    assert ours.value == pytest.approx(values.mean())
    [plain] = bootstrap(with_ones(values), how=Resampling(resamples=100_000, method="percentile"))
    assert abs(plain.interval.high - oracle.high) > 0.006


def test_bootstrapped_macro_f1_equals_a_loop_over_scikit_learn():
    random = np.random.default_rng(3)
    truths = random.choice(LABELS, 60)
    guesses = np.where(random.random(60) < 0.6, truths, random.choice(LABELS, 60))
    drawn = random.integers(60, size=(1000, 60))
    loop = [
        f1_score(truths[i], guesses[i], labels=LABELS, average="macro", zero_division=0)
        for i in drawn
    ]
    how = Resampling(resamples=20_000, method="percentile")
    [ours] = bootstrap(contribute(list(truths), list(guesses), LABELS), macro_f1, how=how)
    assert ours.value == pytest.approx(f1_score(truths, guesses, labels=LABELS, average="macro"))
    assert ours.interval == pytest.approx(tuple(np.quantile(loop, [0.025, 0.975])), abs=0.02)


def test_the_interval_covers_the_truth_as_often_as_it_says():
    random = np.random.default_rng(11)
    covered = 0
    for _ in range(300):
        values = random.exponential(size=50)
        [found] = bootstrap(with_ones(values), how=Resampling(resamples=500))
        covered += found.interval.low <= 1.0 <= found.interval.high
    assert 0.90 <= covered / 300 <= 0.98


def test_no_difference_is_found_significant_about_as_often_as_the_level():
    random = np.random.default_rng(13)
    found = 0
    for _ in range(300):
        first, second = random.normal(size=(2, 60))
        how = Resampling(resamples=500)
        found += paired_bootstrap(with_ones(first), with_ones(second), how=how)[0].p < 0.05
    assert 0.02 <= found / 300 <= 0.09


def test_a_paired_test_sees_a_small_steady_gain_that_two_intervals_would_hide():
    random = np.random.default_rng(7)
    first = random.random(200)
    second = first + random.normal(0.02, 0.05, 200)
    [difference] = paired_bootstrap(with_ones(first), with_ones(second))
    assert difference.delta == pytest.approx((second - first).mean())
    assert difference.interval.low > 0
    assert difference.p < 0.001
    [before], [after] = bootstrap(with_ones(first)), bootstrap(with_ones(second))
    assert before.interval.high > after.interval.low


def test_clusters_widen_the_interval_when_rows_repeat():
    values = np.random.default_rng(2).random(50)
    copies = np.repeat(values, 4)
    [once] = bootstrap(with_ones(values))
    [naive] = bootstrap(with_ones(copies))
    [clustered] = bootstrap(with_ones(copies), clusters=list(np.repeat(np.arange(50), 4)))
    assert clustered.interval == pytest.approx(once.interval)
    assert naive.interval.high - naive.interval.low < 0.6 * (once.interval.high - once.interval.low)


def test_the_seed_decides_everything():
    values = with_ones(np.random.default_rng(1).random(30))
    assert bootstrap(values) == bootstrap(values)
    assert bootstrap(values) != bootstrap(values, how=Resampling(seed=18))


def test_rows_that_are_all_alike_give_no_interval():
    [found] = bootstrap(with_ones(np.ones(10)), mean)
    assert found.value == 1.0
    assert found.interval == UNDEFINED


def test_equal_systems_differ_by_nothing_with_p_one():
    values = with_ones(np.random.default_rng(1).random(30))
    [found] = paired_bootstrap(values, values)
    assert (found.delta, found.p) == (0.0, 1.0)
