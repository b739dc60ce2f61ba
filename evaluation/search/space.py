"""Which settings a search may choose, and among what. Pure: engine.settings and nothing else.

A space names for each searched setting a `Span` of numbers or a few `Choices`. What can be searched,
its type and its limits are read off `engine.settings.options`, so the form, REST and the engine
can't disagree.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine.errors import NOTHING, SpecError
from engine.settings import Option, options, settings_for
from engine.settings.option import NotSo
from engine.words import Words, _

NOT_LEARNT_BY = frozenset(
    {
        *("seed", "dtype", "device", "threads", "processes", "gradient_checkpointing"),
        *("deterministic", "tokens_per_batch", "log_every", "validation_rows", "checkpoint_every"),
        *("evaluate_every", "best_metric", "patience", "compile", "liger", "shard"),
    }
)
"""How a run is carried out and looked at: not what it learns, so nothing to search among."""
SUGGESTED: dict[str, tuple[float, float] | tuple[int, ...]] = {
    "lora_rank": (4, 8, 16, 32),
    "lora_alpha": (8, 16, 32, 64),
    "batch_size": (4, 8, 16, 32),
    "warmup": (0.0, 0.2),
    "weight_decay": (0.0, 0.1),
    "lora_dropout": (0.0, 0.2),
    "max_length": (256, 512, 1024),
}
"""Where a person would look first: two floats are a span, whole numbers are choices. What is not
here is suggested from a third of its default to three times it, a learning rate a tenth to ten times."""
MOST_CHOICES = 50
BESIDE: tuple[dict[str, Any], ...] = ({}, {"tuning": "full"})
"""What a value is tried beside before it is refused: Muon, say, trains whole weights only. A trial that
chose what doesn't go together is told as failed, and the search learns from it."""


@dataclass(frozen=True)
class Span:
    """Numbers from `low` to `high`, both included; evenly on a log scale where `log`."""

    low: float
    high: float
    log: bool = False

    def middle(self) -> float:
        return math.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2

    def holds(self, value: Any) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Choices:
    """One of these values, none nearer to another than the rest."""

    values: tuple[Any, ...]

    def middle(self) -> Any:
        return self.values[len(self.values) // 2]

    def holds(self, value: Any) -> bool:
        return value in self.values


Dimension = Span | Choices
Space = dict[str, Dimension]


def searchable(method: str) -> list[Option]:
    """The settings of a method that a search may choose. Raises SpecError for an unknown method."""
    return [one for one in options(method) if one.name not in NOT_LEARNT_BY]


def suggested(one: Option) -> Dimension:
    """Where to look when nobody said otherwise, within the setting's limits."""
    if one.choices:
        return Choices(one.choices)
    if one.type is bool:
        return Choices((True, False))
    known = SUGGESTED.get(one.name)
    if known and one.type is int:
        return Choices(tuple(known))
    if known:
        return Span(*known)
    times = 10 if one.name == "learning_rate" else 3
    if not one.default:
        return Span(one.ge or 0, min(1, one.le or 1))
    low, high = one.default / times, one.default * times
    if one.type is int:
        low, high = max(1, round(low)), round(high)
    low = max(low, one.ge) if one.ge is not None else low
    high = min(high, one.le) if one.le is not None else high
    return Span(low, high, log=one.name == "learning_rate")


def read_space(method: str, raw: Mapping[str, Any]) -> Space:
    """A space from plain values: {"learning_rate": {"low": 1e-5, "high": 1e-2, "log": true},
    "lora_rank": {"choices": [8, 16]}}. Raises SpecError naming each bad setting."""
    known = {one.name: one for one in searchable(method)}
    space: Space = {}
    problems: dict[str, Words] = {}
    if not raw:
        problems["space"] = _("choose at least one setting to search")
    for name, given in raw.items():
        try:
            if name not in known:
                raise NotSo(
                    _("%(method)s has no setting of this name that can be searched", method=method)
                )
            space[name] = _dimension(method, known[name], given)
        except NotSo as error:
            problems[name] = error.why
    if problems:
        raise SpecError(problems)
    return space


def as_json(space: Space) -> dict[str, Any]:
    """What `read_space` reads back."""
    return {
        name: asdict(one) if isinstance(one, Span) else {"choices": list(one.values)}
        for name, one in space.items()
    }


def first_guess(method: str, space: Space) -> dict[str, Any]:
    """The settings' own defaults where the space holds them, else its middle: what the first trial
    tries, so that no search ends below what a person would have launched anyway."""
    defaults = {one.name: one for one in searchable(method)}
    guess = {}
    for name, dimension in space.items():
        one = defaults[name]
        value = one.default if dimension.holds(one.default) else dimension.middle()
        guess[name] = round(value) if one.type is int else value
    return guess


def _dimension(method: str, one: Option, given: Any) -> Dimension:
    """Raises NotSo."""
    if not isinstance(given, Mapping):
        raise NotSo(_('must be {"low", "high", "log"} or {"choices"}'))
    unknown = given.keys() - {"low", "high", "log", "choices"}
    if unknown:
        names = ", ".join(sorted(unknown))
        raise NotSo(_("knows low, high, log and choices, not %(names)s", names=names))
    if "choices" in given:
        return _choices(method, one, given)
    return _span(method, one, given)


def _choices(method: str, one: Option, given: Mapping[str, Any]) -> Choices:
    values = given["choices"]
    if len(given) > 1:
        raise NotSo(_("takes choices or a span, not both"))
    if isinstance(values, str) or not isinstance(values, Sequence) or len(values) > MOST_CHOICES:
        raise NotSo(_("choices must be a list of at most %(most)s", most=MOST_CHOICES))
    checked = tuple(dict.fromkeys(_checked(method, one, value) for value in values))
    if len(checked) < 2:
        raise NotSo(_("needs at least two different choices; fix it instead"))
    return Choices(checked)


def _span(method: str, one: Option, given: Mapping[str, Any]) -> Span:
    if one.choices or one.type not in (int, float):
        raise NotSo(_("has no numbers to span: name choices"))
    if not {"low", "high"} <= given.keys():
        raise NotSo(_("needs low and high"))
    low, high = (_checked(method, one, given[end]) for end in ("low", "high"))
    log = given.get("log", False)
    if not isinstance(log, bool):
        raise NotSo(_("log must be true or false"))
    if not low < high:
        raise NotSo(_("low must be below high"))
    if log and low <= 0:
        raise NotSo(_("a log scale can't begin at 0"))
    return Span(low, high, log)


def _checked(method: str, one: Option, value: Any) -> Any:
    """The value as the engine would take it, alone or beside one of `BESIDE`."""
    if isinstance(value, float) and one.type is int and not value.is_integer():
        raise NotSo(_("must be whole numbers, not %(value)s", value=f"{value:g}"))
    why = NOTHING
    for beside in BESIDE:
        try:
            return getattr(settings_for(method, {**beside, one.name: value}), one.name)
        except SpecError as error:
            why = why or error.fields.get(one.name, error.message)
    raise NotSo(why)
