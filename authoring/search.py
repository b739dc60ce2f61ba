"""Search tokens: words, and for Chinese, Japanese and Korean pairs of characters.

Both databases search the one column `Pair.search`, which holds the tokens of the head revision with
spaces around each, by their full-text index (authoring.search_index). Trigram indexes can't find 北京;
two characters are a token here.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from authoring.word_diff import CJK

LONGEST = 200_000
"""Characters of a text that are searched; what stands behind is not found."""
LONGEST_TOKEN = 100
"""Characters of a token; of a longer word its beginning is found. An index takes no endless words."""
LONGEST_TAG = 400
"""Characters of a tag's token: more than a tag may have, and less than PostgreSQL's 2,046 bytes."""
LARGEST = 900_000
"""Bytes of a column; PostgreSQL's tsvector holds a megabyte. What stands behind is not found."""
PIECE = re.compile(rf"[{CJK}]+|[^\W_{CJK}]+")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
IDEOGRAPHS = re.compile(rf"[{CJK}]")


def tokens(text: str) -> Iterator[str]:
    """Tokens in reading order. The last character of a CJK run stands alone, so that it is found alone.

    >>> list(tokens("Visit 北京市!"))
    ['visit', '北京', '京市', '市']
    """
    for piece in PIECE.findall(_folded(text[:LONGEST])):
        if IDEOGRAPHS.match(piece):
            yield from (piece[start : start + 2] for start in range(len(piece)))
        else:
            yield piece[:LONGEST_TOKEN]


def column(texts: Iterable[str], tags: Iterable[str]) -> str:
    """What `Pair.search` holds: every token once, and `tag:` tokens."""
    found = dict.fromkeys(token for tag in tags for token in (*tokens(tag), tag_token(tag)))
    found |= dict.fromkeys(token for text in texts for token in tokens(text))
    whole = " ".join(found)
    if len(whole) * 4 > LARGEST and len(encoded := whole.encode()) > LARGEST:
        whole = encoded[: encoded.rindex(b" ", 0, LARGEST)].decode()
    return f" {whole} " if whole else ""


def needles(query: str) -> list[str]:
    """Substrings that `Pair.search` must all contain to match. A word matches as a beginning.

    >>> needles("refun 北京")
    [' refun', ' 北京 ']
    """
    wanted = []
    for piece in PIECE.findall(_folded(query)):
        if IDEOGRAPHS.match(piece) and len(piece) > 1:
            wanted += [f" {piece[start : start + 2]} " for start in range(len(piece) - 1)]
        else:
            wanted.append(f" {piece[:LONGEST_TOKEN]}")
    return wanted


def tag_token(tag: str) -> str:
    """The one token of a whole tag, so that tags can be filtered by: spaces become underscores."""
    return ("tag:" + "_".join(CONTROL.sub(" ", _folded(tag)).split()))[:LONGEST_TAG]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
