"""One setting: its default, help, range and choices, and what a value must be."""

from __future__ import annotations

from dataclasses import field
from typing import Any, NamedTuple

from engine.words import Words, _


def option(
    default: Any,
    help: str,
    *,
    ge: float | None = None,
    le: float | None = None,
    choices: tuple[str, ...] | None = None,
    more: bool = False,
) -> Any:
    """A dataclass field with its help text, inclusive range or choices.

    `more` puts it under "more" in the launch form.
    """
    limits = {"help": help, "ge": ge, "le": le, "choices": choices, "more": more}
    return field(default=default, metadata=limits)


class Option(NamedTuple):
    """One setting as a form or a schema shows it."""

    name: str
    type: type
    default: Any
    help: str
    ge: float | None
    le: float | None
    choices: tuple[str, ...] | None
    more: bool


class NotSo(ValueError):
    """A value that a setting can't have: `why` says what it must be."""

    def __init__(self, why: Words) -> None:
        super().__init__(why)
        self.why = why


def checked(one: Option, value: Any) -> Any:
    """A plain value as one of the option's type. Raises NotSo."""
    if one.type is bool:
        if isinstance(value, bool):
            return value
        raise NotSo(_("must be true or false"))
    if isinstance(value, bool):
        raise NotSo(_("must be a %(type)s", type=one.type.__name__))
    given, whole = repr(value), one.type is int and not isinstance(value, int)
    try:
        value = float(value) if whole else one.type(value)
    except (ValueError, TypeError, OverflowError):  # the last: a whole number that no float holds
        raise NotSo(_("must be a number, not %(value)s", value=given)) from None
    if whole and not value.is_integer():  # rounded, it would be another setting than was asked for
        raise NotSo(_("must be a whole number, not %(value)s", value=given))
    value = int(value) if whole else value
    if one.choices and value not in one.choices:
        choices = ", ".join(one.choices)
        raise NotSo(
            _("must be one of %(choices)s, not %(value)s", choices=choices, value=repr(value))
        )
    if one.type is not str and value != value:
        raise NotSo(_("must be a number, not NaN"))
    if one.ge is not None and value < one.ge:
        raise NotSo(_("must be at least %(least)s", least=f"{one.ge:g}"))
    if one.le is not None and value > one.le:
        raise NotSo(_("must be at most %(most)s", most=f"{one.le:g}"))
    return value
