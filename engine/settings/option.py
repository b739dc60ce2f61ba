"""One setting: its default, help, range and choices, and what a value must be."""

from __future__ import annotations

from dataclasses import field
from typing import Any, NamedTuple


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


def checked(one: Option, value: Any) -> Any:
    """A plain value as one of the option's type. Raises ValueError saying what it must be."""
    if one.type is bool:
        if isinstance(value, bool):
            return value
        raise ValueError("must be true or false")
    if isinstance(value, bool):
        raise ValueError(f"must be a {one.type.__name__}")
    try:
        value = one.type(value)
    except (ValueError, TypeError, OverflowError):  # the last: infinity is no whole number
        raise ValueError(f"must be a number, not {value!r}") from None
    if one.choices and value not in one.choices:
        raise ValueError(f"must be one of {', '.join(one.choices)}, not {value!r}")
    if one.type is not str and value != value:
        raise ValueError("must be a number, not NaN")
    if one.ge is not None and value < one.ge:
        raise ValueError(f"must be at least {one.ge:g}")
    if one.le is not None and value > one.le:
        raise ValueError(f"must be at most {one.le:g}")
    return value
