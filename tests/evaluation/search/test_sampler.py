"""What Optuna is asked, and that it is asked nowhere but in the worker."""

import math
import random
import subprocess
import sys

import pytest

from evaluation.search.sampler import Tried, falls_behind, importances, suggest
from evaluation.search.space import Choices, Span

SPACE = {"learning_rate": Span(1e-5, 1e-1, log=True), "batch_size": Choices((2, 4, 8))}


def value_of(settings: dict) -> float:
    """Best at a learning rate of 1e-3; the batch size is nothing to it."""
    return 1 - (math.log10(settings["learning_rate"]) + 3) ** 2 / 4


def searched(trials: int, seed: int = 5) -> list[Tried]:
    tried: list[Tried] = []
    for number in range(trials):
        settings = suggest(SPACE, tried, maximise=True, seed=seed + number, random_first=5)
        tried.append(Tried(settings, "complete", value_of(settings)))
    return tried


def test_the_same_trials_and_seed_give_the_same_settings():
    assert searched(8) == searched(8)
    assert searched(8) != searched(8, seed=6)


def test_it_finds_a_better_place_than_chance_does():
    by_tpe = max(one.value for one in searched(25)[5:])
    drawn = random.Random(5)
    by_chance = sorted(
        value_of({"learning_rate": 10 ** drawn.uniform(-5, -1)}) for _ in range(2000)
    )
    assert by_tpe > by_chance[-100], "among the best 5 in 100 of what chance gives"


def test_where_less_is_better_it_looks_for_less():
    tried: list[Tried] = []
    for number in range(25):
        settings = suggest(SPACE, tried, maximise=False, seed=number, random_first=5)
        tried.append(Tried(settings, "complete", -value_of(settings)))
    assert min(one.value for one in tried[5:]) < -0.9


def test_what_fails_is_avoided_from_then_on():
    tried: list[Tried] = []
    for number in range(30):
        settings = suggest(SPACE, tried, maximise=True, seed=number, random_first=5)
        failed = settings["learning_rate"] > 1e-3
        tried.append(Tried(settings, "failed" if failed else "complete", None if failed else 0.5))
    assert sum(one.state == "failed" for one in tried[15:]) <= 3, "chance alone gives 7 or 8 of 15"


def test_nothing_is_tried_twice_and_a_small_space_is_tried_out():
    space = {"batch_size": Choices((2, 4)), "schedule": Choices(("cosine", "linear"))}
    tried: list[Tried] = []
    while (
        found := suggest(space, tried, maximise=True, seed=len(tried), random_first=3)
    ) is not None:
        assert found not in [one.settings for one in tried]
        tried.append(Tried(found, "failed"))
    assert len(tried) == 4


def test_whole_numbers_stay_whole():
    found = suggest({"epochs": Span(1, 40, log=True)}, [], maximise=True, seed=1, random_first=3)
    assert isinstance(found["epochs"], int)


COMPLETE = [
    Tried({"learning_rate": 1e-3, "batch_size": 2}, "complete", value, {50: value, 100: value})
    for value in (0.4, 0.5, 0.6, 0.7)
]


@pytest.mark.parametrize(("value", "behind"), [(0.54, True), (0.56, False)])
def test_a_trial_below_the_median_at_its_share_of_training_falls_behind(value, behind):
    one = Tried({"learning_rate": 1e-2, "batch_size": 4}, "running", None, {60: value})
    assert falls_behind(one, COMPLETE, SPACE, maximise=True) is behind
    assert falls_behind(one, COMPLETE, SPACE, maximise=False) is not behind


def test_the_best_it_has_shown_counts_not_the_last():
    one = Tried({"learning_rate": 1e-2, "batch_size": 4}, "running", None, {30: 0.9, 60: 0.1})
    assert not falls_behind(one, COMPLETE, SPACE, maximise=True)


def test_nobody_is_pruned_by_the_median_of_a_few_or_of_what_came_later():
    one = Tried({"learning_rate": 1e-2, "batch_size": 4}, "running", None, {60: 0.0})
    assert not falls_behind(one, COMPLETE[:3], SPACE, maximise=True)
    early = one._replace(reported={20: 0.0})
    assert not falls_behind(early, COMPLETE, SPACE, maximise=True), "they say nothing of then"
    assert not falls_behind(one._replace(reported={}), COMPLETE, SPACE, maximise=True)


def test_the_setting_that_mattered_has_the_larger_share():
    tried = searched(20)
    found = importances(SPACE, tried, maximise=True)
    assert found["learning_rate"] > 0.8
    assert sum(found.values()) == pytest.approx(1, abs=0.001)


def test_of_few_trials_or_of_equal_ones_nothing_is_said():
    assert importances(SPACE, searched(3), maximise=True) == {}
    alike = [one._replace(value=0.5) for one in searched(8)]
    assert importances(SPACE, alike, maximise=True) == {}


def test_the_web_process_never_imports_optuna():
    program = (
        "import django, sys; from django.conf import settings; django.setup();"
        "import instructstudio.urls, instructstudio.api; from django.urls import get_resolver;"
        "get_resolver().url_patterns; print('optuna' in sys.modules)"
    )
    environment = {"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": ""}
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment
    )
    assert (found.stdout.strip(), found.returncode) == ("False", 0), found.stderr
