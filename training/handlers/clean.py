"""Makes what a process said fit for a database: no NaN, no NUL."""

import math
from typing import Any


def number(value: Any) -> float | None:
    """A finite float; None for NaN, infinity and nothing."""
    if value is None or not math.isfinite(value):
        return None
    return float(value)


def clean(value: Any) -> Any:
    """JSON that PostgreSQL takes: None for NaN and infinity, U+FFFD for NUL in texts."""
    match value:
        case float():
            return number(value)
        case str():
            return value.replace("\x00", "\ufffd")
        case dict():
            return {clean(name): clean(one) for name, one in value.items()}
        case list():
            return [clean(one) for one in value]
    return value
