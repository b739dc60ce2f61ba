"""Models from nothing: the `nano` decoder. Its tokenizer is `engine.learnt_tokenizer`'s.

The other architectures' presets are made by their families (`engine.families`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.learnt_tokenizer import PAD, STOP, train_tokenizer
from engine.presets import nano_shape

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM

__all__ = ["nano", "train_tokenizer", "vocabulary_of"]


def nano(folder: Path, overrides: dict[str, int]) -> LlamaForCausalLM:
    """A Llama decoder with random weights (torch's global generator) for the tokenizer in `folder`.

    Raises ModelError when the overrides don't make a model.
    """
    from transformers import LlamaConfig, logging
    from transformers.models.llama.modeling_llama import LlamaForCausalLM

    logging.disable_progress_bar()  # log.txt is no terminal
    shape = nano_shape(overrides)
    config = LlamaConfig(
        **vocabulary_of(folder),
        hidden_size=shape["width"],
        intermediate_size=-(-shape["width"] * 8 // 3 // 16) * 16,
        num_hidden_layers=shape["depth"],
        num_attention_heads=shape["heads"],
        num_key_value_heads=shape["heads"],
        max_position_embeddings=shape["positions"],
        tie_word_embeddings=True,
    )
    return LlamaForCausalLM(config)


def vocabulary_of(folder: Path) -> dict[str, Any]:
    """What a config says of a tokenizer that `train_tokenizer` wrote."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    return {
        "vocab_size": tokenizer.get_vocab_size(),
        "bos_token_id": None,
        "eos_token_id": tokenizer.token_to_id(STOP),
        "pad_token_id": tokenizer.token_to_id(PAD),
    }
