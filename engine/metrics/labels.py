"""Reading a label out of what a model wrote."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_OUTER_PUNCTUATION = re.compile(r"^[\W_]+|[\W_]+$")


def parse_label(output: str, labels: Sequence[str]) -> str | None:
    """The label that an output names, or None when it names none or several.

    In this order: the whole output is a label (case and outer white space aside); it is one when
    outer punctuation is dropped too; exactly one label occurs in it as a whole word. A label
    inside a longer label's occurrence doesn't count ("spam" in "not spam"). None counts as a
    wrong answer, its own predicted class, never as a row to drop. Empty output gives None.

    Word boundaries hold where a label begins or ends with a letter or digit that is written with
    spaces; a Chinese label is found anywhere. Negation is not read: "it is not LOC" names LOC.

    >>> parse_label(" loc.", ["LOC", "NUM"])
    'LOC'
    >>> parse_label("The answer is LOC", ["LOC", "NUM"])
    'LOC'
    >>> parse_label("LOC or NUM", ["LOC", "NUM"]) is None
    True
    """
    text = _fold(output)
    for same in (_fold, _bare):
        found = [label for label in labels if same(label) == same(text)]
        if len(found) == 1 and same(text):
            return found[0]
    return _only_one_inside(text, labels)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _bare(text: str) -> str:
    return _OUTER_PUNCTUATION.sub("", _fold(text))


def _only_one_inside(text: str, labels: Sequence[str]) -> str | None:
    taken: list[tuple[int, int]] = []
    found = set()
    for label in sorted(labels, key=lambda one: -len(_fold(one))):
        for match in re.finditer(_as_word(_fold(label)), text):
            start, end = match.span()
            if not any(left <= start and end <= right for left, right in taken):
                taken.append((start, end))
                found.add(label)
    return found.pop() if len(found) == 1 else None


def _as_word(label: str) -> str:
    before = r"(?<![^\W\u2e80-\U0003ffff])" if _spaced(label[:1]) else ""
    after = r"(?![^\W\u2e80-\U0003ffff])" if _spaced(label[-1:]) else ""
    return f"{before}{re.escape(label)}{after}" if label else r"(?!)"


def _spaced(character: str) -> bool:
    """Whether a character belongs to a script that puts spaces between words."""
    return character.isalnum() and character < "\u2e80"
