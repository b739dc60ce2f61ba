"""ROUGE-L: the longest common subsequence of tokens, for summaries."""

from __future__ import annotations

from collections.abc import Sequence

from engine.metrics.tokenizers import named_tokenizer


def rouge_l(output: str, references: Sequence[str], tokenizer: str = "auto") -> float:
    """Best ROUGE-L F-measure of the output over the references, in [0, 1].

    Formula: with l = length of the longest common subsequence, P = l/|output|,
    R = l/|reference|, F = 2PR/(P+R) = 2l / (|output| + |reference|); no stemming.
    Empty input: an output or reference without tokens gives 0.0.
    Source: Lin (2004), with β = 1 as in rouge-score, which scores identical Chinese as 0
    because it keeps only a-z and 0-9; the tokenizer here is named and sees CJK.

    >>> rouge_l("police kill the gunman", ["police killed the gunman"], tokenizer="mixed")
    0.6666666666666666
    """
    tokens = named_tokenizer(tokenizer, references)
    found = tokens(output)
    return max((_f_measure(found, tokens(one)) for one in references), default=0.0)


def _f_measure(output: list[str], reference: list[str]) -> float:
    if not output or not reference:
        return 0.0
    return 2 * longest_common_subsequence(output, reference) / (len(output) + len(reference))


def longest_common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """Length of the longest common subsequence, in time |first|·|second| and space |second|."""
    row = [0] * (len(second) + 1)
    for one in first:
        diagonal = 0
        for column, other in enumerate(second, start=1):
            above = row[column]
            row[column] = diagonal + 1 if one == other else max(above, row[column - 1])
            diagonal = above
    return row[-1]
