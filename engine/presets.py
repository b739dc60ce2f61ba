"""Shapes of models from nothing, and what fits together. Light: the launch form asks too."""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import ModelError

NANO = {"width": 128, "depth": 4, "heads": 4, "vocabulary": 2048, "positions": 2048}
"""About 1.3 million weights: seconds to train, enough for a few labels."""

SMALLEST_VOCABULARY = 256 + 3
"""Every byte and the three special tokens, so that any text in any language can be written."""


def nano_shape(overrides: Mapping[str, int]) -> dict[str, int]:
    """`NANO` with its overrides. Raises ModelError naming what doesn't fit."""
    unknown = overrides.keys() - NANO.keys()
    if unknown:
        raise ModelError(
            f"nano has no {', '.join(sorted(unknown))}", f"Choose among {', '.join(NANO)}."
        )
    shape = NANO | dict(overrides)
    if min(shape.values()) < 1 or shape["width"] % (2 * shape["heads"]):
        raise ModelError(
            f"a width of {shape['width']} can't be split over {shape['heads']} heads",
            "Make the width a multiple of twice the number of heads.",
        )
    if shape["vocabulary"] < SMALLEST_VOCABULARY:
        raise ModelError(
            f"a vocabulary of {shape['vocabulary']} can't hold every byte",
            f"Choose at least {SMALLEST_VOCABULARY}.",
        )
    return shape
