"""Encoder–decoders: any AutoModelForSeq2SeqLM that transformers itself knows; `nano` is a small T5.

    prompt ─ encoder, once for all its answers ─┐
    [start] answer ───────────────────── decoder ┴─ logits at the answer's tokens, the stop among them

An example's prompt is what the encoder reads; its answer begins for the decoder with the model's
`decoder_start_token_id`. Answers to one prompt (GRPO's groups) share one pass of the encoder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from engine import scratch
from engine.decoding import Decoding, Ids
from engine.errors import ModelError
from engine.families.family import AnswerLogits, Family, Material, every_label
from engine.families.folder import keep_output_contiguous, read_folder
from engine.families.padded import padded
from engine.formatting import Example, Formatter
from engine.forward import Labelled, only_at
from engine.generation import Batch, generate_batches
from engine.pairs import Pairs, split
from engine.presets import nano_shape
from engine.reading import SourceFormatter

if TYPE_CHECKING:
    from transformers import Cache, PreTrainedModel


class EncoderDecoder(Family[Pairs, Pairs]):
    lora_task = "SEQ_2_SEQ_LM"

    def read(
        self, folder: Path, dtype: torch.dtype, *, adapter: str, material: Material
    ) -> PreTrainedModel:
        from transformers.models.auto.modeling_auto import (
            MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
        )

        model = read_folder(
            folder,
            dtype,
            auto_class="AutoModelForSeq2SeqLM",
            known=MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES,
            called="encoder–decoder",
            choose="Choose a text-to-text model such as T5 or BART",
        )
        if getattr(model.config, "decoder_start_token_id", None) is None:
            raise ModelError(
                f"{folder.name} doesn't say with which token its decoder starts",
                "Set decoder_start_token_id in its config.json.",
            )
        keep_output_contiguous(model)
        return model

    def new(
        self, overrides: Mapping[str, int], folder: Path, material: Material
    ) -> PreTrainedModel:
        from transformers import T5Config, T5ForConditionalGeneration

        shape = nano_shape(overrides, "encoder_decoder")
        scratch.train_tokenizer(material.records, shape["vocabulary"], folder, "encoder_decoder")
        known = scratch.vocabulary_of(folder)
        known["decoder_start_token_id"] = known["pad_token_id"]
        config = T5Config(
            d_model=shape["width"],
            d_kv=shape["width"] // shape["heads"],
            d_ff=2 * shape["width"],
            num_layers=shape["depth"],
            num_decoder_layers=shape["depth"],
            num_heads=shape["heads"],
            feed_forward_proj="gated-gelu",
            dropout_rate=0.0,
            **known,
        )
        model = T5ForConditionalGeneration(config)
        keep_output_contiguous(model)
        return model

    def formatter(self, folder: Path, model: PreTrainedModel) -> Formatter:
        return SourceFormatter.from_folder(folder)

    def can_share(self, model: PreTrainedModel) -> bool:
        return False

    def split(
        self, examples: Sequence[Example], tokens_per_batch: int, *, share: bool
    ) -> list[Pairs]:
        return split(examples, tokens_per_batch)

    def label_logits(self, model: PreTrainedModel, micro: Pairs) -> Labelled:
        device = model.device
        source = torch.tensor(micro.source, device=device)
        read = encode(model, micro.sources).of(source)
        start = model.config.decoder_start_token_id
        inputs = [[start, *answer[:-1]] for answer in micro.answers]
        ids, real = padded(inputs, device)
        with only_at(model.get_output_embeddings(), real.flatten().nonzero()[:, 0]):
            logits = model(
                encoder_outputs=read.outputs,
                attention_mask=read.mask,
                decoder_input_ids=ids,
                use_cache=False,
            ).logits
        targets = [token for answer in micro.answers for token in answer]
        return Labelled(logits, torch.tensor(targets, device=device))

    def plant(
        self, examples: Sequence[Example], tokens_per_batch: int, *, share: bool
    ) -> list[Pairs]:
        return split(examples, tokens_per_batch)

    def answer_logits(self, model: PreTrainedModel, rolled: Pairs) -> AnswerLogits:
        return every_label(self.label_logits(model, rolled))

    def room(self, model: PreTrainedModel, max_new_tokens: int) -> int | None:
        """The encoder's own positions: the answer takes none of them. T5 has no limit."""
        return getattr(model.config, "max_position_embeddings", None)

    def answers(
        self,
        model: PreTrainedModel,
        formatter: Formatter,
        prompts: Sequence[Ids],
        how: Decoding,
        keys: Sequence[int] | None,
    ) -> Iterator[Batch]:
        return generate_batches(model, prompts, formatter.stop_ids, how, keys, prefill)


@dataclass
class Read:
    """What the encoder made of some prompts, one a row."""

    states: torch.Tensor
    """[rows, length, width]"""
    mask: torch.Tensor
    """[rows, length], False where padded."""

    @property
    def outputs(self) -> Any:
        from transformers.modeling_outputs import BaseModelOutput

        return BaseModelOutput(last_hidden_state=self.states)

    def of(self, rows: torch.Tensor) -> Read:
        """Other rows, each one of these."""
        return Read(self.states.index_select(0, rows), self.mask.index_select(0, rows))


def encode(model: PreTrainedModel, sources: Sequence[Ids]) -> Read:
    """Prompts through the encoder, padded on the right and masked."""
    ids, real = padded(sources, model.device)
    states = model.get_encoder()(input_ids=ids, attention_mask=real.long()).last_hidden_state
    return Read(states, real.long())


@dataclass
class PairLive:
    """Rows whose answers grow (`engine.decoding.Live`)."""

    model: PreTrainedModel
    read: Read
    cache: Cache
    logits: torch.Tensor

    def repeat(self, times: int) -> None:
        rows = torch.arange(len(self.logits), device=self.logits.device).repeat_interleave(times)
        self.read = self.read.of(rows)
        self.logits = self.logits[rows]
        self.cache.batch_repeat_interleave(times)

    def keep(self, rows: torch.Tensor) -> None:
        rows = rows.to(self.logits.device)
        self.read = self.read.of(rows)
        self.cache.batch_select_indices(rows)

    def advance(self, tokens: torch.Tensor) -> None:
        self.logits = self.model(
            encoder_outputs=self.read.outputs,
            attention_mask=self.read.mask,
            decoder_input_ids=tokens[:, None].to(self.logits.device),
            past_key_values=self.cache,
            use_cache=True,
        ).logits[:, -1]


def prefill(model: PreTrainedModel, prompts: list[Ids]) -> PairLive:
    """Read the prompts and run the start token."""
    from transformers import DynamicCache, EncoderDecoderCache

    new = partial(DynamicCache, config=model.config.get_text_config(decoder=True))
    live = PairLive(
        model, encode(model, prompts), EncoderDecoderCache(new(), new()), torch.empty(0)
    )
    live.logits = live.logits.to(model.device)
    live.advance(torch.full((len(prompts),), model.config.decoder_start_token_id))
    return live


FAMILY = EncoderDecoder()
