"""Markdown that people wrote (guidelines), as HTML that is safe to show.

markdown-it-py renders with HTML off; nh3 then lets through only what guidelines need, so that
neither of the two alone has to be right.
"""

import re
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token

from authoring.word_diff import CJK

LETTER = re.compile(rf"[{CJK}]")


class State(StateInline):
    """CommonMark tells by spaces whether ** beside punctuation opens or closes. Chinese has none,
    so a CJK letter on its other side counts as one: **边界。**不写……"""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:
        found = super().scanDelims(start, canSplitWord)
        end = start + found.length
        before, after = self.src[start - 1 : start] if start else "", self.src[end : end + 1]
        opens = bool(LETTER.match(before)) and bool(after.strip())
        closes = bool(LETTER.match(after)) and bool(before.strip())
        return Scanned(found.can_open or opens, found.can_close or closes, found.length)


class Inline(ParserInline):
    def parse(
        self, src: str, md: MarkdownIt, env: MutableMapping[str, Any], tokens: list[Token]
    ) -> list[Token]:
        """As the parent does, over our State."""
        state = State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


RENDERER = MarkdownIt()
RENDERER.inline = Inline()
RENDERER.configure("commonmark", {"html": False}).enable(["table", "strikethrough"])
TAGS = {
    *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "s", "code", "pre"),
    *("blockquote", "ul", "ol", "li", "a", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}, "code": {"class"}}
SCHEMES = {"http", "https", "mailto"}


@lru_cache(maxsize=256)
def to_html(text: str) -> SafeString:
    """Sanitised HTML. Links open elsewhere and pass no referrer; images are left out."""
    html = nh3.clean(
        RENDERER.render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return mark_safe(html)  # noqa: S308  (nh3 has just sanitised it)
