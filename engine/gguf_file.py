"""One GGUF file of a Llama-type decoder with a byte-level BPE tokenizer, by the `gguf` package.

The names and the rotary layout are those of `engine.bundled`, the other way round. What GGUF's
readers would read wrongly without a word is refused here, with the reason.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from engine.bundled import NAMES
from engine.errors import ModelError
from engine.formatting import Formatter
from engine.gguf_fit import INSTEAD, cut_of, require_llama, rope
from engine.words import _

if TYPE_CHECKING:
    from gguf import GGUFWriter
    from transformers import PreTrainedModel

OURS = {ours: theirs for theirs, ours in NAMES.items()}
"""Hugging Face's names to GGUF's; those of a layer follow `model.layers.<n>.`."""


def write_gguf(
    path: Path, model: PreTrainedModel, tokenizer: Path, *, name: str, numbers: str
) -> None:
    """Write `path`, matrices in `numbers` (float32, float16 or bfloat16), vectors in float32.

    Raises ModelError for an architecture or a tokenizer that has no place in such a file.
    """
    from gguf import GGUFWriter

    config: Any = model.config
    require_llama(config)
    vocabulary = _Vocabulary(tokenizer, config.vocab_size)
    writer = GGUFWriter(path, "llama")
    _describe(writer, config, name, numbers)
    vocabulary.write(writer, config)
    heads = {
        "attn_q.weight": config.num_attention_heads,
        "attn_k.weight": config.num_key_value_heads,
    }
    for ours, tensor in model.state_dict().items():
        if ours == "lm_head.weight" and config.tie_word_embeddings:
            continue
        theirs, inner = _their_name(ours)
        values = tensor.detach().to(torch.float32)
        if inner in heads:
            values = _permute(values, heads[inner])
        _add(writer, theirs, values.contiguous(), numbers)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _describe(writer: GGUFWriter, config: Any, name: str, numbers: str) -> None:
    from gguf import LlamaFileType

    kinds = {
        "float32": LlamaFileType.ALL_F32,
        "float16": LlamaFileType.MOSTLY_F16,
        "bfloat16": LlamaFileType.MOSTLY_BF16,
    }
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_name(name)
    writer.add_file_type(kinds[numbers])
    writer.add_vocab_size(config.vocab_size)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(width)
    writer.add_value_length(width)
    writer.add_rope_dimension_count(width)
    writer.add_rope_freq_base(float(rope(config).get("rope_theta", 10000.0)))
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)


def _their_name(ours: str) -> tuple[str, str]:
    """(`blk.7.attn_q.weight`, `attn_q.weight`) of `model.layers.7.self_attn.q_proj.weight`."""
    if ours == "lm_head.weight":
        return "output.weight", "output.weight"
    prefix, inner = "", ours
    if ours.startswith("model.layers."):
        _model, _layers, layer, inner = ours.split(".", 3)
        prefix = f"blk.{layer}."
    if inner not in OURS:
        raise ModelError(
            _("a Llama GGUF has no place for the weights %(ours)s", ours=ours), INSTEAD
        )
    return prefix + OURS[inner], OURS[inner]


def _permute(weight: torch.Tensor, heads: int) -> torch.Tensor:
    """[out, in] from Hugging Face's rotary halves to GGUF's interleaved layout."""
    out, width = weight.shape
    return weight.reshape(heads, 2, out // heads // 2, width).transpose(1, 2).reshape(out, width)


def _add(writer: GGUFWriter, name: str, values: torch.Tensor, numbers: str) -> None:
    """Vectors (norms) stay in float32: readers expect it, and they weigh nothing."""
    from gguf import GGMLQuantizationType

    if values.dim() == 1 or numbers == "float32":
        writer.add_tensor(name, values.numpy())
    elif numbers == "float16":
        writer.add_tensor(name, values.to(torch.float16).numpy())
    else:
        bits = values.to(torch.bfloat16).view(torch.int16).numpy().view(np.uint8)
        writer.add_tensor(name, bits, raw_dtype=GGMLQuantizationType.BF16)


class _Vocabulary:
    """A byte-level BPE out of tokenizer.json, as GGUF keeps it."""

    def __init__(self, folder: Path, size: int) -> None:
        """Raises ModelError for any other kind of tokenizer."""
        self._folder = folder
        raw = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
        self._cut = cut_of(raw)
        ids = dict(raw["model"]["vocab"])
        added = {one["content"]: one for one in raw.get("added_tokens", [])}
        ids |= {content: one["id"] for content, one in added.items()}
        words = {at: token for token, at in ids.items()}
        self._tokens = [words.get(at, f"[PAD{at}]") for at in range(size)]
        self._types = [self._type(at, words, added) for at in range(size)]
        self._merges = [
            one if isinstance(one, str) else " ".join(one) for one in raw["model"]["merges"]
        ]

    def write(self, writer: GGUFWriter, config: Any) -> None:
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(self._cut)
        writer.add_token_list(self._tokens)
        writer.add_token_types(self._types)
        writer.add_token_merges(self._merges)
        writer.add_add_bos_token(False)  # the chat template says where a text begins
        ends = config.eos_token_id
        ids = {
            "bos": config.bos_token_id,
            "eos": ends[0] if isinstance(ends, list) else ends,
            "pad": config.pad_token_id,
        }
        for kind, at in ids.items():
            if at is not None:
                getattr(writer, f"add_{kind}_token_id")(at)
        writer.add_chat_template(Formatter.from_folder(self._folder).whole_template)

    def _type(self, at: int, words: dict[int, str], added: dict[str, dict[str, Any]]) -> int:
        from gguf import TokenType

        if at not in words:
            return TokenType.UNUSED
        one = added.get(words[at])
        if one is None:
            return TokenType.NORMAL
        return TokenType.CONTROL if one["special"] else TokenType.USER_DEFINED
