"""Markdown that people wrote (guidelines), as HTML that is safe to show.

markdown-it-py renders with HTML off; nh3 then lets through only what guidelines need, so that
neither of the two alone has to be right.
"""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

RENDERER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
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
