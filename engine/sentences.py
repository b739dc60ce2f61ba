"""Sentence segmentation for English and Chinese. Light: no torch, no model, no dependency.

A text is cut behind a sentence's end: 。！？… and their closing quotes in Chinese, . ! ? and theirs in
English, and every line break. A full stop ends no sentence after an abbreviation or an initial,
inside a number, an address or a file name, in a list's number, or before a lower-case letter. Every
character of the text is in exactly one sentence: joined, they are the text again.

After Kiss and Strunk (2006), "Unsupervised multilingual sentence boundary detection", for what a
full stop may be; the list of abbreviations is by hand, since one pair is too short to learn from.
"""

from __future__ import annotations

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NEVER_LAST = _words(
    "mr mrs ms dr prof rev hon st mt ft gen col lt sgt capt cmdr gov sen rep pres messrs mme mlle "
    "fig figs eq eqs sec secs ch chap vol vols no nos art arts pp p para ed eds cf viz vs v e.g i.e "
    "approx ca al. jan feb mar apr jun jul aug sept sep oct nov dec mon tue tues wed thu thurs fri sat "
    "ave blvd rd dept univ assn bros"
)
"""Something always follows these: a name, a number, an example."""

SOMETIMES_LAST = _words(
    "etc al jr sr inc ltd co corp plc a.m p.m u.s u.k u.n e.u ph.d m.d b.a m.a b.sc m.sc d.c"
)
"""These may stand at a sentence's end; then a capital that begins one follows."""

OPENERS = _words(
    "the a an this that these those it he she we they i you there here in on at if when while after "
    "before but and so yet however then now our my his her its their what why how who where as for "
    "with by from no yes not all some many most each every one two"
)
"""Words that begin a sentence rather than go on with a name."""

CLOSERS = "\"'”’»)]）】」』》〉"
CHINESE_END = re.compile(rf"(?:[。！？!?｡]+|…+|\.{{3,}}(?=[\u4e00-\u9fff]))[{re.escape(CLOSERS)}]*")
ENGLISH_END = re.compile(
    rf"[.!?]+(?:[{re.escape(CLOSERS)}]+)?(?=\s|$)|[。！？｡]+[{re.escape(CLOSERS)}]*"
)
CHINESE = re.compile(r"[\u3400-\u9fff]")
WORD = re.compile(r"[^\s(（\[“‘\"']+$")
NEXT = re.compile(r"\s*[\"'“‘(\[]*([^\W_]+)?")
LIST_NUMBER = re.compile(r"(?:^|\n)\s*(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,4})$")


def sentences(text: str) -> list[str]:
    """The sentences of a text, white space and line breaks behind each included.

    >>> sentences("Dr. Li paid $3.50. Why?")
    ['Dr. Li paid $3.50. ', 'Why?']
    >>> sentences("他说：“走吧！”我没动。")
    ['他说：“走吧！”', '我没动。']
    """
    cuts = sorted({cut for line in _lines(text) for cut in _cuts(text, *line)} | {len(text)})
    found, start = [], 0
    for cut in cuts:
        if text[start:cut].strip():
            found.append(text[start:cut])
            start = cut
    if start < len(text):  # white space alone belongs to what is before it
        found = [*found[:-1], found[-1] + text[start:]] if found else [text[start:]]
    return found


def _lines(text: str) -> list[tuple[int, int]]:
    """Begin and end of each line with its line break; a blank line belongs to the one before."""
    return [(one.start(), one.end()) for one in re.finditer(r"[^\n]*\n+|[^\n]+", text)]


def _cuts(text: str, start: int, end: int) -> list[int]:
    """Where the sentences of one line end, the line's own end included."""
    line = text[start:end]
    pattern = CHINESE_END if CHINESE.search(line) else ENGLISH_END
    found = []
    for match in _ends(line, pattern):
        behind = match.end() + len(line[match.end() :]) - len(line[match.end() :].lstrip())
        found.append(start + behind)
    return [*found, end]


def _ends(line: str, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    ends = [one for one in pattern.finditer(line) if _is_end(line, one)]
    if pattern is CHINESE_END:  # English words in a Chinese line end sentences too
        ends += [one for one in ENGLISH_END.finditer(line) if _is_end(line, one)]
    return ends


def _is_end(line: str, end: re.Match[str]) -> bool:
    mark, rest = end.group(), line[end.end() :]
    before = line[: end.start()]
    follows = NEXT.match(rest)
    word = follows.group(1) if follows and follows.group(1) else ""
    if any(one in mark for one in "。！？｡"):
        return not _goes_on_after_quote(mark, rest)
    if "…" in mark or (mark.startswith("..") and CHINESE.match(rest)):
        on = rest.startswith(("，", "、", ","))
        return not rest or (bool(CHINESE.search(before)) and not on)
    if any(one in mark for one in "!?"):
        return not (word and word[0].islower())
    if word and word[0].islower():
        return False
    if mark.startswith(".."):
        return True
    return not _is_abbreviation(before, word) and not LIST_NUMBER.search(before)


def _goes_on_after_quote(mark: str, rest: str) -> bool:
    """“走吧！”他说: the quote ends, the sentence goes on to say who speaks; or with a comma."""
    return mark[-1] in CLOSERS and (
        rest.startswith(("，", "、", "；", "：", "的")) or bool(SAID.match(rest))
    )


SAID = re.compile(r"[\u4e00-\u9fff]{1,6}?(?:说|道|问|喊|叫|答|笑道)(?:[。，：！]|$)")


def _is_abbreviation(before: str, follows: str) -> bool:
    found = WORD.search(before)
    last = found.group() if found else ""
    bare = last.lower()
    if bare in NEVER_LAST:
        return bool(follows)
    if re.fullmatch(r"[A-Z]", last):  # an initial
        return last != "I" and bool(follows)
    if bare in SOMETIMES_LAST or re.fullmatch(r"(?:[a-z]\.)+[a-z]", bare):
        return bool(follows) and follows.lower() not in OPENERS
    return False
