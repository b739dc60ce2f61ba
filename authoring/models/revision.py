"""An immutable version of a pair."""

import hashlib
import json
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from authoring import search

CONTENT_FIELDS = (
    "system",
    "turns",
    "input",
    "response",
    "references",
    "tags",
    "language",
    "source",
    "licence",
    "extra",
)


class RevisionIsImmutable(TypeError):
    """Somebody tried to change a revision in place; write a new one instead."""


class Revision(models.Model):
    """`turns` is [{"role": "user"|"assistant", "content": str}, …] and ends with a user turn.

    `parent` is what the writer had before their eyes; two children of one parent are a conflict
    in which both texts live.
    """

    pair = models.ForeignKey("authoring.Pair", models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    author = models.ForeignKey("authoring.User", models.PROTECT, related_name="revisions")
    system = models.TextField(_("system message"), blank=True)
    turns = models.JSONField(_("turns"))
    input = models.TextField(_("input"), blank=True)
    response = models.TextField(_("response"), blank=True)
    references = models.JSONField(_("other acceptable responses"), default=list, blank=True)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    language = models.CharField(_("language"), max_length=10, default="en")
    source = models.CharField(_("source"), max_length=300, blank=True)
    licence = models.CharField(_("licence"), max_length=100, blank=True)
    extra = models.JSONField(default=dict, blank=True)
    """Keys of an imported record that have no field here, kept byte for byte; `tests` of code pairs."""
    content_hash = models.CharField(max_length=64, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pair_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["pair", "number"], name="one_revision_a_number")
        ]

    def __str__(self) -> str:
        return f"#{self.pair_id} revision {self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise RevisionIsImmutable(
                "Revisions are never edited; write a new one with authoring.actions."
            )
        self.content_hash = content_hash(self.content())
        super().save(*args, **kwargs)

    def content(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in CONTENT_FIELDS}

    @property
    def instruction(self) -> str:
        """The last user turn: what the response answers."""
        return self.turns[-1]["content"] if self.turns else ""

    @property
    def is_complete(self) -> bool:
        """Whether there is something to review: an instruction or an input, and a response."""
        asked = self.instruction.strip() or self.input.strip()
        return bool(asked and self.response.strip())

    @property
    def tests(self) -> str:
        """Unit tests of a code pair, as one text."""
        return tests_text(self.extra)

    def search_column(self) -> str:
        """What `Pair.search` holds while this revision is the head."""
        turns = (turn["content"] for turn in self.turns)
        texts = (self.system, *turns, self.input, self.response, *self.references, self.source)
        return search.column(texts, self.tags)


def tests_text(extra: dict[str, Any]) -> str:
    """What `extra` has as `tests`; a list of them, as some files have it, is a test a line."""
    tests = extra.get("tests", "")
    lines = tests if isinstance(tests, list) else [tests]
    return "\n".join(line for line in lines if isinstance(line, str) and line)


def content_hash(content: dict[str, Any]) -> str:
    """SHA-256 of the content as canonical JSON."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
