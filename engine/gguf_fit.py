"""Which models have a place in a GGUF file, told from a folder's JSON files. Light: no torch.

`engine.gguf_file` writes them, and the studio asks here before it offers to.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from engine.errors import ModelError
from engine.words import _

INSTEAD = _("Export merged weights instead: they open with transformers.")


def gguf_misfit(folder: Path) -> ModelError | None:
    """Why the model in a folder can't be written; None where it can, as far as JSON tells: beside an
    adapter lies the tokenizer alone."""
    try:
        if (folder / "config.json").is_file():
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            require_llama(SimpleNamespace(**config))
        if (folder / "tokenizer.json").is_file():
            cut_of(json.loads((folder / "tokenizer.json").read_text(encoding="utf-8")))
    except ModelError as error:
        return error
    except (OSError, ValueError, TypeError, KeyError) as error:
        return ModelError(
            _("%(name)s can't be read: %(error)s", name=folder.name, error=error), INSTEAD
        )
    return None


def require_llama(config: Any) -> None:
    """Raises ModelError for a model that GGUF's readers would take for another."""
    if config.model_type != "llama":
        raise ModelError(
            _(
                "GGUF files are written for Llama-type models, and this is a %(model_type)s one",
                model_type=repr(config.model_type),
            ),
            INSTEAD,
        )
    for name in ("attention_bias", "mlp_bias"):
        if getattr(config, name, False):
            raise ModelError(
                _("this model has %(name)s, for which a Llama GGUF has no place", name=name),
                INSTEAD,
            )
    stretched = rope(config)
    kind = stretched.get("rope_type", stretched.get("type", "default"))
    if kind != "default":
        raise ModelError(
            _(
                "this model stretches its positions (%(kind)s), which is not written to GGUF here",
                kind=kind,
            ),
            INSTEAD,
        )


def rope(config: Any) -> dict[str, Any]:
    """What a config says of its rotary positions; older ones call it scaling."""
    return getattr(config, "rope_parameters", None) or getattr(config, "rope_scaling", None) or {}


def cut_of(tokenizer: dict[str, Any]) -> str:
    """GGUF's name for how a tokenizer.json cuts text before BPE; its readers know rules by name only.

    Raises ModelError for any other kind than byte-level BPE.
    """
    if tokenizer["model"].get("type") != "BPE" or tokenizer["model"].get("byte_fallback"):
        raise ModelError(_("only byte-level BPE tokenizers are written to GGUF"), INSTEAD)
    if tokenizer.get("normalizer"):
        raise ModelError(_("this tokenizer normalises text, which GGUF can't say"), INSTEAD)
    given = tokenizer.get("pre_tokenizer")
    parts = given.get("pretokenizers", [given]) if given else []
    kinds = [one["type"] for one in parts]
    plain = all(not one.get("add_prefix_space") for one in parts) and all(
        one.get("use_regex", True) for one in parts if one["type"] == "ByteLevel"
    )
    if plain and kinds == ["ByteLevel"]:
        return "gpt-2"
    if plain and kinds == ["Digits", "ByteLevel"] and parts[0].get("individual_digits"):
        return "smollm"
    raise ModelError(
        _("this tokenizer cuts text in a way that GGUF's readers have no name for"), INSTEAD
    )
