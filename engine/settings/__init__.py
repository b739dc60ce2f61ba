"""What a method can be asked to do: its settings, as frozen dataclasses validated once.

    option           one setting: default, help, range, choices
    learning         what is trained and how it moves
    reading          how examples become batches
    measuring        when a run looks at itself, and what it keeps
    machine          where it trains, and what it takes to repeat it
    exporting        in which form a checkpoint leaves
    methods          the settings of each method, made of those
    contradictions   what can't stand together

The launch form, the REST schema and the command line are generated from these classes
(`options`), so they can't disagree. Each field's help, range and choices stand beside it.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from engine.errors import SpecError
from engine.settings.contradictions import contradictions
from engine.settings.exporting import ExportSettings
from engine.settings.methods import (
    CalibrateSettings,
    GRPOSettings,
    PredictSettings,
    SFTSettings,
    TrainSettings,
)
from engine.settings.option import NotSo, Option, checked
from engine.settings.pushing import PushSettings
from engine.words import Words, _

__all__ = [
    "SETTINGS",
    "CalibrateSettings",
    "ExportSettings",
    "GRPOSettings",
    "Option",
    "PredictSettings",
    "PushSettings",
    "SFTSettings",
    "Settings",
    "TrainSettings",
    "options",
    "settings_for",
]

Settings = (
    SFTSettings | GRPOSettings | CalibrateSettings | PredictSettings | ExportSettings | PushSettings
)

SETTINGS: dict[str, type[Settings]] = {
    "sft": SFTSettings,
    "grpo": GRPOSettings,
    "calibrate": CalibrateSettings,
    "predict": PredictSettings,
    "export": ExportSettings,
    "push": PushSettings,
}

TYPES: dict[str, type] = {"int": int, "float": float, "str": str, "bool": bool}


def options(method: str) -> list[Option]:
    """Every setting of a method, basic ones first. Raises SpecError for an unknown method."""
    if method not in SETTINGS:
        raise SpecError(
            {
                "method": _(
                    "%(method)s is not one of %(names)s",
                    method=repr(method),
                    names=", ".join(SETTINGS),
                )
            }
        )
    found = [
        Option(f.name, TYPES[str(f.type)], f.default, **f.metadata)
        for f in dataclasses.fields(SETTINGS[method])
    ]
    return sorted(found, key=lambda one: one.more)


def settings_for(method: str, values: dict[str, Any]) -> Settings:
    """Validated settings of a method from plain values; what is left out takes its default.

    Strings are read as numbers (a form sends strings). Raises SpecError with every bad field, or
    with those that contradict each other.
    """
    problems: dict[str, Words] = {}
    clean: dict[str, Any] = {}
    known = {one.name: one for one in options(method)}
    for name in values.keys() - known.keys():
        problems[name] = _("%(method)s has no such setting", method=method)
    for name in values.keys() & known.keys():
        try:
            clean[name] = checked(known[name], values[name])
        except NotSo as error:
            problems[name] = error.why
    if problems:
        raise SpecError(problems)
    settings = SETTINGS[method](**clean)
    if isinstance(settings, TrainSettings) and (problems := contradictions(settings)):
        raise SpecError(problems)
    return settings
