"""Records: one line of a split, and one line of predictions. Light: no torch.

A `Record` is a revision as training sees it. `messages` is the only place where system,
turns and input become a conversation, for the engine, the editor's preview and exports alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import DataError
from engine.words import _

Message = dict[str, str]


@dataclass(frozen=True)
class TaskInfo:
    """What the engine needs to know of a task (tasks.json)."""

    kind: str
    """classification, short_answer, summarization, code, chat or free."""
    labels: list[str] = field(default_factory=list)
    metric: str = "token_f1"
    reward: str = "token_f1"


@dataclass(frozen=True)
class Record:
    """One revision of a snapshot. `turns` ends with a user turn; `response` answers it."""

    id: int
    pair: int
    task: str
    turns: list[Message]
    response: str
    system: str = ""
    input: str = ""
    references: list[str] = field(default_factory=list)
    """Other acceptable responses; the response itself is always a reference."""
    language: str = "en"
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def all_references(self) -> list[str]:
        return [self.response, *self.references]

    def prompt(self) -> list[Message]:
        return messages(system=self.system, turns=self.turns, input=self.input)

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


@dataclass(frozen=True)
class PredictionRecord:
    """One output of `predict` for one record."""

    id: int
    output: str
    ended: str
    """stop (the model ended its answer), length (cut at max_new_tokens) or error."""
    prompt_tokens: int
    output_tokens: int
    prompt_text: str = ""
    """The exact text the model saw, special tokens included."""
    error: str = ""
    error_said: dict[str, Any] | None = None
    """The parts of `error` (`engine.words`), where there is one."""
    label_logprobs: dict[str, float] | None = None
    """Of a classifier: the log-probability of each of its labels, in nats, to six decimals."""

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def messages(*, system: str, turns: list[Message], input: str) -> list[Message]:
    """The conversation a model is prompted with: system first, input under the last user turn."""
    conversation = [dict(turn) for turn in turns]
    if input:
        conversation[-1]["content"] = f"{conversation[-1]['content']}\n\n{input}".strip()
    if system:
        conversation.insert(0, {"role": "system", "content": system})
    return conversation


def read_records(path: Path) -> list[Record]:
    """All records of a split. Raises DataError with the row number (1-based) and field."""
    return list(iter_records(path))


def iter_records(path: Path) -> Iterator[Record]:
    with open(path, encoding="utf-8") as lines:
        for row, line in enumerate(lines, start=1):
            try:
                yield Record(**json.loads(line))
            except (json.JSONDecodeError, TypeError) as error:
                raise DataError(
                    _("%(name)s row %(row)s: %(error)s", name=path.name, row=row, error=error),
                    _("Freeze the snapshot again."),
                ) from error


def read_tasks(path: Path) -> dict[str, TaskInfo]:
    return {
        slug: TaskInfo(**raw) for slug, raw in json.loads(path.read_text(encoding="utf-8")).items()
    }
