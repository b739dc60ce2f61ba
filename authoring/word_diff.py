"""What changed between two texts, word by word; in Chinese, Japanese and Korean, character by character.

Lines are compared first and words only inside the lines that differ, so that a long text costs
what its changes cost. Pure: texts in, parts out; `templates/components/_word_diff.html` draws them.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import NamedTuple

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
TOKEN = re.compile(rf"[{CJK}]|[^\W{CJK}]+|\s+|[^\w\s]")
BUDGET = 1_000_000
"""Pieces before × pieces after, above which a stretch is shown as replaced: difflib is quadratic."""

SAME, DELETED, INSERTED = "same", "del", "ins"


class Part(NamedTuple):
    """A stretch of text that both sides share, or that one of them lacks."""

    kind: str
    """same, del (only before) or ins (only after): the names of the HTML elements that show them."""
    text: str


def word_diff(before: str, after: str) -> list[Part]:
    """Parts in reading order. Without the inserted ones they spell `before`, without the deleted `after`.

    >>> [tuple(part) for part in word_diff("a red fox", "a sly fox")]
    [('same', 'a '), ('del', 'red'), ('ins', 'sly'), ('same', ' fox')]
    """
    return list(_joined(_bridged(list(_line_parts(before, after)))))


def changed(parts: list[Part]) -> bool:
    return any(part.kind != SAME for part in parts)


def words(text: str) -> list[str]:
    """The text cut into words, single CJK characters, runs of white space and single signs."""
    return TOKEN.findall(text)


def _line_parts(before: str, after: str) -> Iterator[Part]:
    lines = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for same, old, new in _compared(*lines):
        yield from [Part(SAME, old)] if same else _word_parts(old, new)


def _word_parts(before: str, after: str) -> Iterator[Part]:
    for same, old, new in _compared(words(before), words(after)):
        yield from [Part(SAME, old)] if same else _replaced(old, new)


def _compared(old: list[str], new: list[str]) -> Iterator[tuple[bool, str, str]]:
    """(same?, text before, text after) of each stretch."""
    if len(old) * len(new) > BUDGET:
        yield False, "".join(old), "".join(new)
        return
    for tag, i, i_end, j, j_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        yield tag == "equal", "".join(old[i:i_end]), "".join(new[j:j_end])


def _replaced(before: str, after: str) -> Iterator[Part]:
    if before:
        yield Part(DELETED, before)
    if after:
        yield Part(INSERTED, after)


def _bridged(parts: list[Part]) -> Iterator[Part]:
    """Blanks between two changes join them: "old words → new words" reads better than word salad."""
    for at, part in enumerate(parts):
        inside = 0 < at < len(parts) - 1
        neighbours = {parts[at - 1].kind, parts[at + 1].kind} if inside else {SAME}
        if (
            part.kind == SAME
            and part.text.isspace()
            and "\n" not in part.text
            and SAME not in neighbours
        ):
            yield from _replaced(part.text, part.text)
        else:
            yield part


def _joined(parts: Iterator[Part]) -> Iterator[Part]:
    """Neighbours of one kind as one part, deletions before insertions."""
    waiting = {DELETED: "", INSERTED: ""}
    same = ""
    for kind, text in parts:
        if kind == SAME:
            yield from _replaced(waiting[DELETED], waiting[INSERTED])
            waiting = {DELETED: "", INSERTED: ""}
            same += text
        else:
            if same:
                yield Part(SAME, same)
                same = ""
            waiting[kind] += text
    yield from _replaced(waiting[DELETED], waiting[INSERTED])
    if same:
        yield Part(SAME, same)
