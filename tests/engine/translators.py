"""Small encoder–decoders with random weights, as translators are kept: Marian's, mBART's, NLLB's and BART's
ways to begin and end an answer, each in a folder with a tokenizer that wraps texts as theirs does."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from tokenizers import Tokenizer, processors
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    MarianConfig,
    MarianMTModel,
    MBartConfig,
    MBartForConditionalGeneration,
)

from engine.learnt_tokenizer import PAD, START, STOP, train_tokenizer

FROM, TO = "en_XX", "zh_CN"


class Kind(NamedTuple):
    config: type
    model: type
    wrap: str
    """How its tokenizer wraps a text of the source language."""
    start: str
    """What the decoder reads first."""
    forced: str = ""


KINDS = {
    "marian": Kind(MarianConfig, MarianMTModel, f"$A {STOP}", PAD),
    "mbart": Kind(MBartConfig, MBartForConditionalGeneration, f"$A {STOP} {FROM}", STOP, TO),
    "nllb": Kind(MBartConfig, MBartForConditionalGeneration, f"{FROM} $A {STOP}", STOP, TO),
    "bart": Kind(BartConfig, BartForConditionalGeneration, f"{START} $A {STOP}", STOP, START),
}


def translator(
    name: str, folder: Path, records, *, legacy: bool = False, **generation
) -> Mapping[str, int]:
    """Write the folder; the ids of its special tokens. A `legacy` one says in config.json how answers
    are generated, and has no generation_config.json."""
    kind = KINDS[name]
    train_tokenizer(records, 300, folder, "encoder_decoder")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.add_special_tokens([FROM, TO])
    ids = {one: tokenizer.token_to_id(one) for one in (START, STOP, PAD, FROM, TO)}
    tokenizer.post_processor = processors.TemplateProcessing(
        single=kind.wrap, special_tokens=list(ids.items())
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(5)
    model = kind.model(
        kind.config(
            vocab_size=tokenizer.get_vocab_size(), d_model=32, encoder_layers=1, decoder_layers=2,
            encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=32,
            decoder_ffn_dim=32, dropout=0.0, init_std=0.3, max_position_embeddings=128,
            bos_token_id=ids[START], eos_token_id=ids[STOP], pad_token_id=ids[PAD],
            decoder_start_token_id=ids[kind.start], forced_eos_token_id=None,
        )
    )  # fmt: skip
    for field, value in generation.items():
        setattr(model.generation_config, field, value)
    model.generation_config.forced_eos_token_id = None
    model.generation_config.forced_bos_token_id = ids.get(kind.forced)
    model.save_pretrained(folder)
    if legacy:
        said = json.loads((folder / "generation_config.json").read_text())
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(said | config))
        (folder / "generation_config.json").unlink()
    return ids
