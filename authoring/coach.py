"""The instruction coach: what a careful colleague would ask about a pair. Suggestions, never blocks.

Each rule reads a draft and its task and yields hints; nothing here reads the database. A rule keeps
silent where it isn't sure: a coach who is often wrong is soon ignored.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from authoring.asked_form import asked_forms, count_words, speaks_of_form
from engine.metrics.labels import parse_label


class Draft(NamedTuple):
    """The text of a pair as it stands in the editor."""

    system: str
    turns: Sequence[dict[str, str]]
    input: str
    response: str

    @classmethod
    def of(cls, content: dict[str, Any]) -> "Draft":
        return cls(*(content.get(name) or "" for name in ("system", "turns", "input", "response")))

    @property
    def instruction(self) -> str:
        return self.turns[-1]["content"].strip() if self.turns else ""


class TaskForm(NamedTuple):
    """What a task expects of its pairs."""

    kind: str
    labels: Sequence[str]
    output_form: str = ""


class Neighbour(NamedTuple):
    """Another pair with a similar text."""

    pair: int
    similarity: float


class Hint(NamedTuple):
    code: str
    field: str
    """The field to look at: instruction, input or response."""
    message: str | Promise
    advice: str | Promise
    pair: int | None = None
    """The other pair that it speaks of."""


def hints(draft: Draft, task: TaskForm, neighbours: Sequence[Neighbour] = ()) -> list[Hint]:
    """Everything the coach has to say, the weightiest first. An empty draft gets no hint."""
    if not draft.instruction:
        return []
    return [hint for rule in RULES for hint in rule(draft, task)] + list(
        near_duplicates(neighbours)
    )


def label_outside_the_set(draft: Draft, task: TaskForm) -> Iterator[Hint]:
    response = draft.response.strip()
    if task.kind != "classification" or not task.labels or not response or response in task.labels:
        return
    meant = parse_label(response, task.labels)
    yield Hint(
        "label_outside_the_set",
        "response",
        _("The response is not one of this task's labels."),
        _("Write “%(label)s” and nothing else.") % {"label": meant}
        if meant
        else _("Use one of: %(labels)s.") % {"labels": ", ".join(task.labels)},
    )


def mixed_up(draft: Draft, task: TaskForm) -> Iterator[Hint]:
    """Input and response that look as if they had changed places."""
    given, response = draft.input.strip(), draft.response.strip()
    if not given or not response:
        return
    swapped = {
        "classification": given in task.labels and response not in task.labels,
        "summarization": count_words(response) > 1.2 * count_words(given),
        "code": _looks_like_code(given) and not _looks_like_code(response) and "\n" in given,
    }.get(task.kind, False)
    if swapped or given == response:
        yield Hint(
            "mixed_up",
            "input",
            _("Input and response look mixed up."),
            _("The input is what is worked on; the response is the answer. Check which is which."),
        )


def contradicted_form(draft: Draft, task: TaskForm) -> Iterator[Hint]:
    response = draft.response.strip()
    if not response:
        return
    asked = "\n".join((draft.instruction, draft.system, task.output_form))
    for form in asked_forms(asked):
        if not form.kept_by(response):
            yield Hint(
                "contradicted_form",
                "response",
                _("The pair asks for “%(words)s”, and the response is not that.")
                % {"words": form.words},
                _("Change the response, or what is asked for."),
            )


def ambiguous_ask(draft: Draft, task: TaskForm) -> Iterator[Hint]:
    alone = not draft.input.strip() and len(draft.turns) == 1
    if (
        alone
        and (pointer := POINTS_AT_NOTHING.search(draft.instruction))
        and "\n" not in draft.instruction
    ):
        yield Hint(
            "ambiguous_ask",
            "input",
            _("“%(words)s” points at a text that is not there.") % {"words": pointer[0].strip()},
            _("Put the text into the input."),
        )
    elif alone and count_words(draft.instruction) < 3:
        yield Hint(
            "ambiguous_ask",
            "instruction",
            _("The instruction is so short that several answers would be right."),
            _("Say what is asked, of what, and for whom."),
        )
    if vague := VAGUE.search(draft.instruction):
        yield Hint(
            "ambiguous_ask",
            "instruction",
            _("“%(words)s” leaves it open what is meant.") % {"words": vague[0].strip()},
            _("Name what you mean: two people should expect the same answer."),
        )


def missing_output_form(draft: Draft, task: TaskForm) -> Iterator[Hint]:
    if task.kind in {"chat", "free"} or QUESTION.search(draft.instruction):
        return
    asked = f"{draft.instruction}\n{draft.system}"
    named = sum(1 for label in task.labels if label.casefold() in asked.casefold())
    if speaks_of_form(asked) or named >= 2:
        return
    yield Hint(
        "missing_output_form",
        "instruction",
        _("Nothing says what the answer should look like."),
        _("Say its form, for instance: %(form)s.") % {"form": task.output_form.rstrip(".。")}
        if task.output_form
        else _("Name the labels.")
        if task.kind == "classification"
        else _("Say its length or form: one word, two sentences, a list, JSON."),
    )


def near_duplicates(neighbours: Sequence[Neighbour]) -> Iterator[Hint]:
    for pair, similarity in neighbours:
        yield Hint(
            "near_duplicate",
            "instruction",
            _("Pair #%(pair)s is nearly the same (%(percent)s %% alike).")
            % {"pair": pair, "percent": round(100 * similarity)},
            _("Keep both only if the small difference is what the model should learn."),
            pair,
        )


RULES = (label_outside_the_set, mixed_up, contradicted_form, ambiguous_ask, missing_output_form)

POINTS_AT_NOTHING = re.compile(
    r"\b(?:the following|this (?:text|email|e-mail|message|article|paragraph|sentence|passage|code|function|review)"
    r"|the (?:text|passage|article|paragraph|code) below)\b(?!.*[:：].{12,})"
    r"|(?:以下|下面|下列|这段|这篇|这封|上述)(?:的)?(?:文字|文章|文本|内容|句子|段落|邮件|代码|评论|话)?(?!.*[:：].{6,})",
    re.IGNORECASE | re.DOTALL,
)
"""Words that point at a text, with no colon and text after them."""

VAGUE = re.compile(
    r"\b(?:etc\.?|and so on|or whatever|some stuff|something like that|and stuff|as appropriate)(?!\w)"
    r"|等等|之类的|什么的|随便|差不多就行",
    re.IGNORECASE,
)

QUESTION = re.compile(
    r"\b(?:who|whom|whose|when|where|which|what|how (?:many|much|old|long|far|tall|often))\b[^.!]*\?"
    r"|(?:谁|哪|什么|几|多少|何时|多久|多大)[^。！]*[?？]",
    re.IGNORECASE,
)
"""A question that says by itself what kind of answer it wants."""

CODE = re.compile(
    r"^\s*(?:def |class |import |from \w+ import|function |const |let |var |SELECT |#include|public |fn |return\b|for .*:$)",
    re.MULTILINE,
)


def _looks_like_code(text: str) -> bool:
    return bool(CODE.search(text))
