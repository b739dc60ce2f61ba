"""A chat template in a sandbox: the same text that transformers renders. Light: no torch.

Follows `transformers.utils.chat_template_utils._compile_jinja_template` (Apache-2.0): an
immutable sandbox, trimmed blocks, loop controls, `tojson` without HTML escapes. But for the date.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from jinja2 import TemplateError, nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engine.errors import ModelError
from engine.records import Message
from engine.words import _

TODAY = datetime(2024, 7, 26)
"""The day that it always is for a template (docs/adr/0033): the one on which Llama's fall back where
nobody tells. With the day of the clock a run that goes on tomorrow would read other prompts, and two
evaluations of one checkpoint would differ by when they were made."""


@contextmanager
def of_pair(pair: int) -> Iterator[None]:
    """Whatever is refused inside is known by its pair: one in thousands can end a run."""
    try:
        yield
    except ModelError as error:
        named = _("pair %(pair)s: %(error)s", pair=pair, error=error.message)
        raise ModelError(named, error.remedy) from error


class ChatTemplate:
    """Renders a conversation. `special` holds bos_token, eos_token … as the template may name them."""

    def __init__(self, source: str, special: dict[str, str]) -> None:
        """Raises ModelError when the template is not valid Jinja."""
        self.source = source
        self._special = special
        try:
            self._template = _environment().from_string(source)
        except (TemplateError, RecursionError) as error:
            raise ModelError(
                _("the chat template can't be read: %(error)s", error=error),
                _("Repair chat_template.jinja in the model's folder."),
            ) from error

    def render(self, messages: list[Message], *, add_generation_prompt: bool) -> str:
        """The conversation as the model reads it, special tokens included.

        Raises ModelError with the template's own words when it refuses the messages.
        """
        try:
            return self._template.render(
                messages=messages,
                tools=None,
                documents=None,
                add_generation_prompt=add_generation_prompt,
                **self._special,
            )
        except Exception as error:  # a template is a program: whatever it raises is its own doing
            raise ModelError(
                _(
                    "the chat template refused a conversation: %(error)s",
                    error=str(error) or type(error).__name__,
                ),
                _("Leave out what it doesn't know (often the system message)."),
            ) from error


class _Generation(Extension):
    """`{% generation %}` marks the assistant's words for other tools; here it renders its body."""

    tags = {"generation"}

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, "jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _raise
    environment.globals["strftime_now"] = lambda form: TODAY.strftime(form)
    return environment


def _tojson(
    value: Any,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _raise(message: str) -> None:
    raise TemplateError(message)
