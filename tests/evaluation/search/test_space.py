"""What can be searched is what the engine's settings are; what can't be is named at its setting."""

import pytest

from engine.errors import SpecError
from engine.settings import options, settings_for
from evaluation.search.space import (
    NOT_LEARNT_BY,
    Choices,
    Span,
    as_json,
    first_guess,
    read_space,
    searchable,
    suggested,
)

METHODS = ["sft", "grpo"]


@pytest.mark.parametrize("method", METHODS)
def test_every_setting_but_those_of_how_a_run_is_carried_out_can_be_searched(method):
    names = {one.name for one in searchable(method)}
    assert names == {one.name for one in options(method)} - NOT_LEARNT_BY
    assert "learning_rate" in names


@pytest.mark.parametrize("method", METHODS)
def test_what_is_suggested_for_a_setting_is_a_space_that_the_engine_takes(method):
    whole = {one.name: suggested(one) for one in searchable(method)}
    space = read_space(method, as_json(whole))
    assert space.keys() == whole.keys()
    for name, one in space.items():
        ends = one.values if isinstance(one, Choices) else (one.low, one.high)
        for value in ends:
            beside = {"tuning": "full"} if value == "muon" else {}
            settings_for(method, {**beside, name: value})


def test_a_space_is_read_back_as_it_was_written():
    raw = {
        "learning_rate": {"low": 1e-5, "high": 1e-2, "log": True},
        "lora_rank": {"choices": [8, 16]},
        "batch_size": {"low": 2, "high": 32, "log": False},
    }
    space = read_space("sft", raw)
    assert space["learning_rate"] == Span(1e-5, 1e-2, True)
    assert space["lora_rank"] == Choices((8, 16))
    assert as_json(space) == {**raw}


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("learning_rate", {"low": 0.0, "high": 1e-2, "log": True}, "log scale"),
        ("learning_rate", {"low": 1e-2, "high": 1e-3}, "below high"),
        ("learning_rate", {"low": 1e-2, "high": 7}, "at most 1"),
        ("learning_rate", {"low": float("nan"), "high": 0.1}, "NaN"),
        ("learning_rate", {"low": "much", "high": 0.1}, "must be a number"),
        ("learning_rate", {"high": 0.1}, "needs low"),
        ("learning_rate", {"low": 0.1, "high": 0.2, "log": "yes"}, "true or false"),
        ("learning_rate", {"low": 0.1, "high": 0.2, "step": 3}, "not step"),
        ("learning_rate", 0.1, "must be"),
        ("batch_size", {"low": 1.5, "high": 8}, "whole numbers"),
        ("batch_size", {"choices": [8, 8]}, "two different"),
        ("batch_size", {"choices": "816"}, "must be a list"),
        ("batch_size", {"choices": list(range(1, 90))}, "at most 50"),
        ("batch_size", {"choices": [8, 16], "low": 3}, "not both"),
        ("schedule", {"low": 1, "high": 2}, "name choices"),
        ("schedule", {"choices": ["cosine", "zigzag"]}, "must be one of"),
        ("seed", {"low": 1, "high": 9}, "can be searched"),
        ("altitude", {"low": 1, "high": 9}, "can be searched"),
    ],
)
def test_what_can_not_be_is_named_at_its_setting(name, given, why):
    with pytest.raises(SpecError) as refused:
        read_space("sft", {name: given})
    assert why in refused.value.fields[name]


def test_a_space_of_nothing_is_refused():
    with pytest.raises(SpecError) as refused:
        read_space("sft", {})
    assert "at least one" in refused.value.fields["space"]


def test_the_first_guess_is_the_default_where_the_space_holds_it_and_else_the_middle():
    space = read_space(
        "sft",
        {
            "learning_rate": {"low": 1e-5, "high": 1e-2, "log": True},
            "epochs": {"low": 4.0, "high": 8.0},
            "weight_decay": {"low": 0.01, "high": 1.0, "log": True},
            "batch_size": {"choices": [2, 4, 8]},
        },
    )
    guess = first_guess("sft", space)
    assert guess["learning_rate"] == 1e-3
    assert guess["epochs"] == 6.0
    assert guess["weight_decay"] == pytest.approx(0.1)
    assert guess["batch_size"] == 4
