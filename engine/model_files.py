"""What the small files of a model's folder say of its texts: which tokens are special, how an answer ends,
how a conversation is laid out. Light: no torch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

SPECIAL = ("bos_token", "eos_token", "pad_token", "unk_token")
"""Those that a chat template may name."""


def read_json(path: Path) -> dict[str, Any]:
    """A file of a model folder; nothing where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def special_tokens(folder: Path, tokenizer: Tokenizer) -> dict[str, str]:
    """The folder's special tokens by their names in `SPECIAL`.

    tokenizer_config.json names them, or special_tokens_map.json of older folders. Those of GPT-2 or BART
    leave it to their classes in transformers: how a text ends then stands in the configurations, as an id.
    """
    named = read_json(folder / "special_tokens_map.json")
    config = read_json(folder / "tokenizer_config.json")
    named |= {name: token for name, token in config.items() if token is not None}
    found = {name: _content(named[name]) for name in SPECIAL if named.get(name)}
    for end in (*stops(folder), *_ends(read_json(folder / "config.json"))):
        if "eos_token" not in found and (token := tokenizer.id_to_token(end)):
            found["eos_token"] = token
    return found


def stops(folder: Path) -> list[int]:
    """The ids that end an answer, as transformers finds them: in generation_config.json, where there is
    none in config.json."""
    said = read_json(folder / "generation_config.json") or read_json(folder / "config.json")
    return _ends(said)


def template_source(folder: Path, plain: str) -> str:
    """The folder's chat template; `plain` where it has none."""
    file = folder / "chat_template.jinja"
    if file.is_file():
        return file.read_text(encoding="utf-8")
    source = read_json(folder / "tokenizer_config.json").get("chat_template") or plain
    if isinstance(source, list):  # several named templates
        source = next((one["template"] for one in source if one["name"] == "default"), plain)
    return source


def _ends(config: dict[str, Any]) -> list[int]:
    ids = config.get("eos_token_id")
    return ids if isinstance(ids, list) else [] if ids is None else [ids]


def _content(token: str | dict[str, Any]) -> str:
    return token if isinstance(token, str) else token["content"]
