"""Shapes of models from nothing, and what fits together. Light: the launch form asks too."""

from __future__ import annotations

from collections.abc import Mapping

from engine.errors import ModelError
from engine.words import _

NANO = {"width": 128, "depth": 4, "heads": 4, "vocabulary": 2048, "positions": 2048}
"""About 1.3 million weights: seconds to train, enough for a few labels."""

NANOS: dict[str, dict[str, int]] = {
    "decoder": NANO,
    "lstm": {"width": 256, "depth": 1, "vocabulary": 2048},
    "encoder_decoder": {"width": 128, "depth": 3, "heads": 4, "vocabulary": 2048},
    "encoder_classifier": NANO | {"positions": 512},
}
"""The preset of each architecture; the depth of an encoder–decoder is that of both its halves."""

SMALLEST_VOCABULARY = 256 + 3
"""Every byte and the three special tokens, so that any text in any language can be written."""


def nano_shape(overrides: Mapping[str, int], architecture: str = "decoder") -> dict[str, int]:
    """`NANOS[architecture]` with its overrides. Raises ModelError naming what doesn't fit."""
    if architecture not in NANOS:
        raise ModelError(
            _(
                "there is no preset of architecture %(architecture)s",
                architecture=repr(architecture),
            ),
            _("Choose among %(names)s.", names=", ".join(NANOS)),
        )
    nano = NANOS[architecture]
    if unknown := overrides.keys() - nano.keys():
        raise ModelError(
            _(
                "a nano %(architecture)s has no %(unknown)s",
                architecture=architecture,
                unknown=", ".join(sorted(unknown)),
            ),
            _("Choose among %(nano)s.", nano=", ".join(nano)),
        )
    shape = nano | dict(overrides)
    if min(shape.values()) < 1 or shape["width"] % (2 * shape.get("heads", 1)):
        raise ModelError(
            _(
                "a width of %(width)s can't be split over %(heads)s heads",
                width=shape["width"],
                heads=shape.get("heads", 1),
            ),
            _("Make the width a multiple of twice the number of heads."),
        )
    if shape["vocabulary"] < SMALLEST_VOCABULARY:
        raise ModelError(
            _(
                "a vocabulary of %(vocabulary)s can't hold every byte",
                vocabulary=shape["vocabulary"],
            ),
            _("Choose at least %(least)s.", least=SMALLEST_VOCABULARY),
        )
    return shape
