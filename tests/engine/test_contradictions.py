"""Settings that can't stand together are refused on the field to change, wherever they come from."""

import pytest

from engine.errors import SpecError
from engine.settings import options, settings_for
from engine.settings.contradictions import CONTRADICTIONS

BROKEN = [
    ("tuning", {"tuning": "qlora", "device": "cpu"}),
    ("optimiser", {"optimiser": "adamw_8bit", "device": "cpu"}),
    ("liger", {"liger": True, "device": "cpu"}),
    ("liger", {"liger": True, "compile": True}),
    ("optimiser", {"optimiser": "muon", "tuning": "dora"}),
    ("shard", {"shard": True, "processes": 1}),
    ("shard", {"shard": True, "tuning": "qlora"}),
    ("shard", {"shard": True, "optimiser": "muon", "tuning": "full"}),
    ("compile", {"shard": True, "compile": True}),
    ("shard", {"shard": True, "tokens_per_batch": 0}),
    ("max_length", {"max_length": 15}),
    ("tokens_per_batch", {"tokens_per_batch": 63}),
    ("decay", {"schedule": "wsd", "warmup": 0.5, "decay": 0.6}),
    ("patience", {"patience": 2, "validation_rows": 0}),
    ("evaluate_every", {"evaluate_every": 2, "validation_rows": 0}),
    ("best_metric", {"best_metric": "loss", "validation_rows": 0}),
    ("averaging", {"averaging": "last_k", "patience": 2}),
]


KNOWN = {method: {one.name for one in options(method)} for method in ("sft", "grpo")}


@pytest.mark.parametrize(
    ("method", "field", "values"),
    [
        (method, field, values)
        for field, values in BROKEN
        for method, known in KNOWN.items()
        if values.keys() <= known
    ],
)
def test_it_is_refused_on_its_field(method, field, values):
    with pytest.raises(SpecError) as refused:
        settings_for(method, values)
    assert list(refused.value.fields) == [field]


def test_there_is_an_example_of_each():
    assert [field for field, _ in BROKEN] == [one.field for one in CONTRADICTIONS]


def test_defaults_contradict_nothing():
    for method in ("sft", "grpo"):
        settings_for(method, {})
