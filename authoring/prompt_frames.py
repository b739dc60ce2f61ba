"""What many prompts share, and what tells each from the others: only the latter makes two alike.

A task's instruction may stand above an input of each pair's own, or around each pair's question in one
text ("Classify the question: … Answer with one label."). Such a frame is left out of comparisons, or
every pair of the task would be like every other and all would go to one split.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from os.path import commonprefix
from typing import NamedTuple

from authoring.search import IDEOGRAPHS, PIECE

SHARED_BY = 5
"""An instruction that so many pairs put above an input of their own is what they share."""
TEMPLATE_BY = 30
"""A beginning or end that so many texts have is a template's; fewer may be a passage asked about."""
TEMPLATE = 30
"""Characters that the texts of one template have in common at least, at an end where they do."""
TEMPLATE_CJK = 12
"""The same where they are Chinese, Japanese or Korean, which say more in a character."""


class Prompt(NamedTuple):
    """What one pair asks. The system message plays no part: the same question is the same leak."""

    instruction: str
    """The last user turn."""
    input: str = ""
    earlier: str = ""
    """The turns before it."""


class Told(NamedTuple):
    """A prompt without what it shares with many."""

    text: str
    frame: int
    """The number of what it shares; 0: nothing. Prompts of different frames ask different things."""


def normalise(text: str) -> str:
    """
    >>> normalise("  What IS\\tthis ? ")
    'what is this ?'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def told_apart(prompts: Mapping[int, Prompt]) -> dict[int, Told]:
    """For each prompt, by its place, what tells it from others."""
    above = _above_an_input(list(prompts.values()))
    texts, frames = {}, {}
    for place, (instruction, own, earlier) in prompts.items():
        shares = bool(own.strip()) and instruction in above
        parts = (earlier, own) if shares else (earlier, instruction, own)
        texts[place] = normalise("\n".join(parts))
        frames[place] = ("above", instruction) if shares else ()
    free = {place: text for place, text in texts.items() if not frames[place]}
    for place, head, tail in _templates(free):
        texts[place] = free[place][len(head) : len(free[place]) - len(tail)].strip()
        frames[place] = ("around", head, tail)
    numbers = {frame: n for n, frame in enumerate(sorted(set(frames.values()) - {()}), start=1)}
    return {place: Told(texts[place], numbers.get(frames[place], 0)) for place in prompts}


def _above_an_input(prompts: Sequence[Prompt]) -> set[str]:
    shared = Counter(one.instruction for one in prompts if one.input.strip())
    return {text for text, count in shared.items() if count >= SHARED_BY}


def _templates(texts: Mapping[int, str]) -> Iterator[tuple[int, str, str]]:
    """(place, head, tail) of every text that stands in a template."""
    heads = _shared_beginnings(texts)
    rests = {place: text[len(heads.get(place, "")) :] for place, text in texts.items()}
    backwards = {place: rest[::-1] for place, rest in rests.items()}
    tails = {place: end[::-1] for place, end in _shared_beginnings(backwards).items()}
    for place in heads.keys() | tails.keys():
        yield place, heads.get(place, ""), tails.get(place, "")


def _shared_beginnings(texts: Mapping[int, str]) -> dict[int, str]:
    """The beginning that a text shares with many, whole words of it; no entry where there is none.

    All texts that begin alike share the same: what is common to them all, then, where many of these go
    on alike for as long again, that too.
    """
    found: dict[int, str] = {}
    groups = [list(texts)]
    while groups:
        begun: dict[str, list[int]] = defaultdict(list)
        for place in groups.pop():
            rest = texts[place][len(found.get(place, "")) :]
            size = TEMPLATE_CJK if IDEOGRAPHS.match(rest.lstrip()) else TEMPLATE
            if len(rest) > size:
                begun[rest[:size]].append(place)
        for places in begun.values():
            if len(places) < TEMPLATE_BY:
                continue
            done = len(found.get(places[0], ""))
            rests = [texts[place][done:] for place in places]
            common = _whole_words(commonprefix(rests))  # noqa: RUF071 (characters are meant)
            if common:
                found |= {place: texts[place][: done + len(common)] for place in places}
                groups.append(places)
    return found


def _whole_words(beginning: str) -> str:
    """Without the last word, which may go on differently; a CJK character is a word of its own."""
    pieces = list(PIECE.finditer(beginning))
    if pieces and pieces[-1].end() == len(beginning) and not IDEOGRAPHS.match(pieces[-1].group()):
        return beginning[: pieces[-1].start()]
    return beginning
