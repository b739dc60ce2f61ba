"""Sentences for people in the reader's language, however long ago and by whatever process they were said.

    raise Conflict(_("The last %(n)s trials failed.", n=3))      # _ is `words`
    job.failure = {"message": kept(error.message), …}            # its parts, in no language
    told(job.failure["message"])                                 # in the language of who reads it

A worker doesn't know who will read what it stores, so it stores what an `engine.words.Words` is made of.
What is a plain text (older rows, other programs' words) is told as it is, or translated where the
catalogue knows it whole.
"""

import re
from collections.abc import Iterable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext

from engine.words import Words

Kept = str | dict[str, Any]
"""As JSON: a text, or {"words": …, "values": {…}}."""

PLACE = re.compile(r"%\(\w+\)[sd]")


def words(sentence: str, /, **values: Any) -> Words:
    """A sentence in the active language, of which the parts are known."""
    return told(Words(sentence, **values))


def told(text: Any) -> Words:
    """A sentence, as it was said or as it was kept, in the active language."""
    found = text if isinstance(text, Words) else Words.of(text)
    if not found.sentence:
        return found
    sentence, values = gettext(found.sentence), found.values
    if values:
        said = {name: told(one) if isinstance(one, Words) else one for name, one in values.items()}
        sentence %= said
    return Words.said(sentence, found.sentence, values)


def kept(text: Kept | Promise) -> Kept:
    """What is stored of a sentence; one that was kept already stays as it is."""
    if isinstance(text, Words):
        return text.parts() if text.values else text.sentence
    return text if isinstance(text, dict) else str(text)


def in_a_row(sentences: Iterable[Kept | Promise]) -> Words:
    """Several sentences as one."""
    values = {f"words{at}": told(one) for at, one in enumerate(sentences)}
    return words(" ".join(f"%({name})s" for name in values), **values)


def is_told(text: Any) -> bool:
    """Whether the active language has words for it; else it is told in English."""
    if (get_language() or "en").startswith("en"):
        return True
    found = text if isinstance(text, Words) else Words.of(text)
    within = [one for one in found.values.values() if isinstance(one, Words)]
    if within and not re.search(r"\w", PLACE.sub("", found.sentence)):
        return all(is_told(one) for one in within)  # a frame that holds sentences
    return not found.sentence or gettext(found.sentence) != found.sentence
