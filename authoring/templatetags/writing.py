"""Tags for the pages where people write and review."""

from django import template
from django.utils.safestring import SafeString

from authoring import language
from authoring import markdown as rendering

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    """Markdown that somebody wrote, as safe HTML."""
    return rendering.to_html(text or "")


@register.filter
def language_name(code: str) -> str:
    """`zh` as the reader calls it."""
    return language.name(code)
