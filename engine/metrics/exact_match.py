"""Exact match after normalisation."""

from __future__ import annotations

from collections.abc import Sequence

from engine.metrics.tokenizers import named_tokenizer


def exact_match(output: str, references: Sequence[str], tokenizer: str = "auto") -> float:
    """1.0 when the output equals any reference after normalisation, else 0.0.

    Formula: max over references of [tokens(output) = tokens(reference)].
    Empty input: two texts without tokens are equal (1.0), as in the SQuAD v1.1 script;
    no references at all gives 0.0.
    Source: SQuAD v1.1 (Rajpurkar et al., 2016); `mixed` for CJK is ours.

    >>> exact_match("the Eiffel Tower.", ["Eiffel Tower"])
    1.0
    >>> exact_match("北京。", ["北京"])
    1.0
    """
    tokens = named_tokenizer(tokenizer, references)
    found = tokens(output)
    return float(any(found == tokens(reference) for reference in references))
