"""Which form of answer an instruction asks for, in English and in Chinese, and whether a response has it.

Only what can be told surely is read: "one word", "at most 30 words", "as JSON", "用一句话", "50字以内".
A form nobody can check ("politely") is no form here. Pure.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from authoring.word_diff import CJK

NUMBERS = {
    word: number
    for words in (
        "one two three four five six seven eight nine ten",
        "一 二 三 四 五 六 七 八 九 十",
    )
    for number, word in enumerate(words.split(), start=1)
} | {"a single": 1, "两": 2}
N = r"(\d{1,4}|a single|one|two|three|four|five|six|seven|eight|nine|ten|[一二三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])"
EACH = re.compile(r"(?:\beach|\bper|\bevery|每)[^.,;。，；]*$", re.IGNORECASE)


class AskedForm(NamedTuple):
    """A form that an instruction asks for."""

    words: str
    """The instruction's own words for it."""
    kept_by: Callable[[str], bool]
    """Whether a response has this form."""


def asked_forms(text: str) -> Iterator[AskedForm]:
    """Every checkable form that the text asks for.

    >>> [form.words for form in asked_forms("Answer in one word, as JSON.")]
    ['in one word', 'as JSON']
    """
    for pattern, rule in RULES:
        for match in pattern.finditer(text):
            if EACH.search(text[: match.start()]):
                continue  # "each at most ten words": of the parts, not of the whole
            yield AskedForm(match[0].strip(), rule(*map(_number, match.groups())))


def speaks_of_form(text: str) -> bool:
    """Whether the text says anything about what the answer looks like, checkable or not."""
    return bool(FORM_WORDS.search(text)) or any(True for _ in asked_forms(text))


def count_words(text: str) -> int:
    """Words of a text; a CJK character counts as one, as Chinese length limits count it."""
    return len(re.findall(rf"[{CJK}]|[^\W_{CJK}](?:[^\W{CJK}]|[-'’.](?=\w))*", text))


def count_sentences(text: str) -> int:
    """Sentences of a text, by full stops, question and exclamation marks that end one."""
    ends = re.split(
        r"(?<=[.!?])[\"'”’)]*\s+(?=[\"'“‘(]?[A-Z0-9])|(?<=[。！？])[”’」』]*\s*(?=\S)", text.strip()
    )
    return sum(1 for one in ends if one.strip())


def count_items(text: str) -> int:
    """Lines that begin like an item of a list: -, *, •, 1., 1), 一、."""
    return len(
        re.findall(
            r"^\s*(?:[-*•–]|\d{1,2}[.)、]|[一二三四五六七八九十]、)\s*\S", text, re.MULTILINE
        )
    )


def _number(found: str | None) -> int:
    """7, seven, 七, 十八 and 四十五 as numbers."""
    if not found:
        return 0
    if found.isdigit():
        return int(found)
    tens, ten, ones = found.lower().rpartition("十")
    if not ten:
        return NUMBERS[found.lower()]
    return 10 * NUMBERS.get(tens, 1) + NUMBERS.get(ones, 0)


def _words_at_most(limit: int) -> Callable[[str], bool]:
    return lambda response: count_words(response) <= limit


def _characters_at_most(limit: int) -> Callable[[str], bool]:
    return lambda response: len(response.strip()) <= limit


def _sentences_at_most(limit: int) -> Callable[[str], bool]:
    return lambda response: count_sentences(response) <= limit


def _items(number: int) -> Callable[[str], bool]:
    """So many items, where the response is a list at all."""
    return lambda response: count_items(response) in {0, number}


def _json() -> Callable[[str], bool]:
    def is_json(response: str) -> bool:
        inner = re.sub(r"^```(?:json)?\s*|\s*```$", "", response.strip())
        try:
            json.loads(inner)
        except ValueError:
            return False
        return True

    return is_json


def _yes_or_no() -> Callable[[str], bool]:
    return lambda response: bool(re.match(r"\W*(?:yes\b|no\b|是|否|不)", response, re.IGNORECASE))


def _has(script: str) -> Callable[[str], bool]:
    return lambda response: bool(re.search(script, response))


def _rule(pattern: str, rule: Callable[..., Callable[[str], bool]]):
    return re.compile(pattern, re.IGNORECASE), rule


RULES = (
    _rule(rf"\b(?:in|with|of|exactly|only|just) {N} words?\b(?! or)", _words_at_most),
    _rule(
        rf"\b(?:at most|no more than|not more than|up to|under|within|fewer than|less than|a maximum of) {N} words?\b",
        _words_at_most,
    ),
    _rule(rf"\b{N} words? (?:or (?:fewer|less)|at most)\b", _words_at_most),
    _rule(
        r"\b(?:at most|no more than|up to|under|within|fewer than|less than) (\d{1,4}) characters\b",
        _characters_at_most,
    ),
    _rule(rf"(?:不超过|最多|至多|少于|控制在)\s*{N}\s*个?字", _words_at_most),
    _rule(rf"{N}\s*个?字(?:以内|之内|以下)", _words_at_most),
    _rule(
        rf"\b(?:in|with|at most|no more than|up to|exactly|only|just) {N}(?: \w+)? sentences?\b",
        _sentences_at_most,
    ),
    _rule(rf"(?:用|以|写|不超过|最多)\s*{N}\s*句话?", _sentences_at_most),
    _rule(rf"\b{N}(?: \w+)? (?:bullet points|bullets)\b", _items),
    _rule(rf"(?:列出|写出|给出)\s*{N}\s*[条点]", _items),
    _rule(
        r"\b(?:as|in|return|output|with|only|valid) (?:(?:a|an|one|valid|only|single) )*JSON\b",
        _json,
    ),
    _rule(r"(?:以|用|输出|返回|只给|按)\s*(?:合法的?)?\s*JSON", _json),
    _rule(r"\b(?:yes or no|yes/no)\b|是或否|是或不是|是还是否", _yes_or_no),
    _rule(
        r"\b(?:in|into) Chinese\b|(?:用|译成|翻译成|翻译为)\s*(?:中文|汉语|简体)",
        lambda: _has(rf"[{CJK}]"),
    ),
    _rule(
        r"\b(?:in|into) English\b|(?:用|译成|翻译成|翻译为)\s*(?:英文|英语)",
        lambda: _has(r"[A-Za-z]"),
    ),
)
"""A pattern whose groups are numbers, and the rule that takes them."""

FORM_WORDS = re.compile(
    r"\b(?:formats?|lists?|tables?|bullets?|sentences?|words?|lines?|paragraphs?|functions?|class|query"
    r"|regex|code|letters?|characters?|numbers?|digits?|one of|either|labels?|categor(?:y|ies)|JSON|YAML|CSV"
    r"|Markdown|only the|just the|(?:answer|reply|respond) with|short(?:ly)?|brief(?:ly)?|steps?|name the"
    r"|translate|how (?:many|much)|what year)\b"
    r"|`[^`]+`"
    r"|格式|列表|表格|句|\d\s*字|个字|个词|段|一行|代码|函数|标签|标题|类别|之一|只回答|只答|只写|仅|简短|简要"
    r"|步骤|分点|几个|多少|部分|[一二两三四五六七八九十\d]\s*[条点项]|翻译",
    re.IGNORECASE,
)
"""Words by which people say what an answer looks like."""
