"""Exact McNemar test: do two systems that answered the same rows differ in accuracy?"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import comb
from typing import NamedTuple


class McNemar(NamedTuple):
    """Rows that only one of the two got right, and the two-sided exact p."""

    only_first: int
    only_second: int
    p: float


def mcnemar(first: Sequence[bool], second: Sequence[bool]) -> McNemar:
    """Exact two-sided McNemar test on paired right/wrong answers.

    Formula: with b and c the discordant counts, p = min(1, 2·Σ_{i≤min(b,c)} C(b+c, i) / 2^(b+c)),
    in integers, so no count is too large for it.
    Empty input: no discordant rows (or no rows) give p = 1.
    Source: McNemar (1947), exact binomial form; equal to statsmodels' `mcnemar(exact=True)`.
    Raises ValueError when the two differ in length.

    >>> mcnemar([True] * 8 + [False] * 2, [False] * 8 + [True] * 2).p
    0.109375
    """
    pairs = list(zip(first, second, strict=True))
    only_first = sum(1 for a, b in pairs if a and not b)
    only_second = sum(1 for a, b in pairs if b and not a)
    n = only_first + only_second
    tail = sum(comb(n, i) for i in range(min(only_first, only_second) + 1))
    return McNemar(only_first, only_second, float(min(Fraction(1), Fraction(2 * tail, 2**n))))
