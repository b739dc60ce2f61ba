"""How a text becomes comparable tokens. Every score that counts tokens names one of these.

`squad_v1.1` is the normaliser of the SQuAD v1.1 script, for text with spaces. Applied to
Chinese it sees one word a sentence and scores 北京市 against 北京 as 0, so `mixed`, ours, takes
each CJK character as a token and treats the rest as `squad_v1.1` does (on ASCII they agree). `auto` picks by the references, never by the
output, so that a model can't choose its own ruler.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Callable, Sequence

Tokenizer = Callable[[str], list[str]]

CJK = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Kana and Han, as the inside of a regex class. Hangul is written with spaces and stays words."""

_CJK = re.compile(f"[{CJK}]")
_ARTICLES = re.compile(r"\b(a|an|the)\b")
_ASCII_PUNCTUATION = str.maketrans("", "", string.punctuation)


def squad_tokens(text: str) -> list[str]:
    """Lowercase, delete ASCII punctuation, drop a/an/the, split on white space.

    Source: `normalize_answer` of the SQuAD v1.1 evaluation script (Rajpurkar et al., 2016).
    Empty text, or nothing but punctuation and articles, gives [].

    >>> squad_tokens("The  Eiffel-Tower!")
    ['eiffeltower']
    """
    text = text.lower().translate(_ASCII_PUNCTUATION)
    return _ARTICLES.sub(" ", text).split()


def mixed_tokens(text: str) -> list[str]:
    """Single characters for CJK, `squad_tokens` for the rest. Ours; named `mixed` in settings.

    Full-width letters and digits are folded to ASCII (NFKC); punctuation beyond ASCII separates.
    Empty text gives [].

    >>> mixed_tokens("北京市（Beijing），２０２６年")
    ['北', '京', '市', 'beijing', '2026', '年']
    """
    text = "".join(" " if _foreign_punctuation(one) else one for one in text)
    text = unicodedata.normalize("NFKC", text)
    return squad_tokens(_CJK.sub(r" \g<0> ", text))


def _foreign_punctuation(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character).startswith("P")


TOKENIZERS: dict[str, Tokenizer] = {"squad_v1.1": squad_tokens, "mixed": mixed_tokens}


def has_cjk(text: str) -> bool:
    """Whether the text has a Han or kana character."""
    return _CJK.search(text) is not None


def named_tokenizer(name: str, references: Sequence[str]) -> Tokenizer:
    """The tokenizer called `name`; `auto` is `mixed` where a reference has CJK, else `squad_v1.1`.

    Raises KeyError for an unknown name.
    """
    if name == "auto":
        name = "mixed" if any(map(has_cjk, references)) else "squad_v1.1"
    return TOKENIZERS[name]
