"""A pair as the tokens a model is trained on, through the engine's own formatting. No torch."""

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from engine.formatting import Example, Formatter
from engine.reading import FORMATTERS
from engine.records import Record
from training.models import BaseModel
from training.models.base_model import Source

LONGEST = 200_000
"""Tokens that are worth formatting for a look."""
SHOWN = 3000
"""Pieces on the page; what is left out is said."""


class Piece(NamedTuple):
    """One token; or several, where a character of Chinese is cut into bytes."""

    text: str
    tokens: int
    special: bool
    trained: bool
    """Whether the loss is on it."""
    ids: tuple[int, ...] = ()


class Seen(NamedTuple):
    """A pair as the model sees it."""

    pieces: list[Piece]
    left_out: int
    """Pieces behind those shown."""
    tokens: int
    trained: int
    dropped_turns: int = 0
    dropped_sentences: int = 0
    pair: int = 0


def models_to_look_through() -> list[BaseModel]:
    """Base models whose tokenizer lies on this machine."""
    local = BaseModel.objects.filter(source__in=[Source.BUNDLED, Source.FOLDER])
    return [one for one in local if (one.folder / "tokenizer.json").is_file()]


def seen_by(model: BaseModel, content: dict[str, Any]) -> Seen:
    """The training example of a pair's content. Raises ModelError, DataError in plain words."""
    changed = (model.folder / "tokenizer.json").stat().st_mtime_ns
    formatter = _formatter(model.folder, model.architecture, changed)
    texts = {name: content[name] for name in ("system", "turns", "input", "response")}
    return seen(formatter, formatter.example(Record(id=0, pair=0, task="", **texts), LONGEST))


def seen(formatter: Formatter, example: Example, *, shown: int = SHOWN, pair: int = 0) -> Seen:
    """An example in pieces, at most `shown` of them."""
    example = formatter.visible(example)
    special = set(formatter.tokenizer.get_added_tokens_decoder())
    pieces, at = [], 0
    for text, ids in _whole_characters(formatter, example.ids):
        trained = at >= example.prompt_length
        pieces.append(Piece(text, len(ids), bool(special.intersection(ids)), trained, tuple(ids)))
        at += len(ids)
    return Seen(
        pieces=pieces[:shown],
        left_out=max(0, len(pieces) - shown),
        tokens=len(example.ids),
        trained=len(example.ids) - example.prompt_length,
        dropped_turns=example.dropped_turns,
        dropped_sentences=example.dropped_sentences,
        pair=pair,
    )


def _whole_characters(formatter: Formatter, ids: list[int]) -> list[tuple[str, list[int]]]:
    """Ids in groups that each spell whole characters: a byte alone would show as �."""
    groups: list[tuple[str, list[int]]] = []
    waiting: list[int] = []
    for one in ids:
        waiting.append(one)
        text = formatter.tokenizer.decode(waiting, skip_special_tokens=False)
        if "\ufffd" not in text or len(waiting) >= 8:
            groups.append((text, waiting))
            waiting = []
    if waiting:
        text = formatter.tokenizer.decode(waiting, skip_special_tokens=False)
        groups.append((text, waiting))
    return groups


@lru_cache(maxsize=4)
def _formatter(folder: Path, architecture: str, changed: int) -> Formatter:
    """A folder's formatter, kept until its tokenizer changes."""
    return FORMATTERS[architecture].from_folder(folder)
