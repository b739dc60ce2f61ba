"""A text through the eyes of a model: its sentences, its tokens and their ids, and what each script costs."""

import re
from typing import Any, NamedTuple

from engine.sentences import sentences
from training.models import BaseModel
from training.token_pieces import Piece, Seen, seen_by

CHINESE = re.compile(r"[\u3400-\u9fff]")
PARTS = ("system", "instruction", "input", "response")


class Script(NamedTuple):
    """What one way of writing comes to, special tokens not counted."""

    name: str
    """zh, or other."""
    characters: int
    tokens: int

    @property
    def tokens_a_character(self) -> float:
        return self.tokens / self.characters


class Tokenised(NamedTuple):
    seen: Seen
    sentences: dict[str, list[str]]
    """By part: system, instruction, input, response."""
    scripts: list[Script]


def tokenised(model: BaseModel, texts: dict[str, str]) -> Tokenised:
    """Raises ModelError or DataError, in plain words."""
    content: dict[str, Any] = {
        "system": texts.get("system", ""),
        "turns": [{"role": "user", "content": texts.get("instruction", "")}],
        "input": texts.get("input", ""),
        "response": texts.get("response", ""),
    }
    seen = seen_by(model, content)
    parts = {name: sentences(texts[name]) for name in PARTS if texts.get(name)}
    return Tokenised(seen, parts, scripts(seen.pieces))


def scripts(pieces: list[Piece]) -> list[Script]:
    """Chinese and everything else; a piece that holds both counts as Chinese."""
    plain = [one for one in pieces if not one.special]
    chinese = [one for one in plain if CHINESE.search(one.text)]
    other = [one for one in plain if not CHINESE.search(one.text)]
    return [
        Script(name, sum(len(one.text) for one in found), sum(one.tokens for one in found))
        for name, found in (("zh", chinese), ("other", other))
        if found
    ]


def texts_of(content: dict[str, Any]) -> dict[str, str]:
    """A pair's content as the four parts; of several turns, the last."""
    turns = content["turns"]
    return {
        "system": content["system"],
        "instruction": turns[-1]["content"] if turns else "",
        "input": content["input"],
        "response": content["response"],
    }
