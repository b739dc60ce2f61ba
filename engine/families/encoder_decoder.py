"""Encoder–decoders: any AutoModelForSeq2SeqLM that transformers itself knows; `nano` is a small T5.

    prompt ─ encoder, once for all its answers ─┐
    [start] answer ───────────────────── decoder ┴─ logits at the answer's tokens, the stop among them

An example's prompt is what the encoder reads; its answer begins for the decoder with the model's
`decoder_start_token_id` and, where it has one, its `forced_bos_token_id` (`answer_rules`). Answers to
one prompt (GRPO's groups) share one pass of the encoder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from engine import scratch
from engine.decoding import Decoding, Ids
from engine.errors import ModelError
from engine.families.answer_rules import decoder_start, forbid, rules_of, said_before
from engine.families.family import AnswerLogits, Family, Material, every_label
from engine.families.folder import (
    keep_output_contiguous,
    read_folder,
    write_generation_config,
)
from engine.families.padded import padded
from engine.families.pair_decoding import encode, prefill
from engine.formatting import Example, Formatter
from engine.forward import Labelled, only_at
from engine.generation import Batch, generate_batches
from engine.pairs import Pairs, split
from engine.presets import nano_shape
from engine.reading import SourceFormatter
from engine.words import _

if TYPE_CHECKING:
    from transformers import PreTrainedModel


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
            called=_("encoder–decoder"),
            choose=_("Choose a text-to-text model such as T5 or BART"),
        )
        if decoder_start(model) is None:
            raise ModelError(
                _("%(name)s doesn't say with which token its decoder starts", name=folder.name),
                _(
                    "Set decoder_start_token_id in its generation_config.json, or in its config.json."
                ),
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
        made = SourceFormatter.from_folder(folder)
        made.first_is_forced = len(rules_of(model).start) > 1
        return made

    def write_beside_adapter(self, model: PreTrainedModel, folder: Path) -> None:
        write_generation_config(model, folder)

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
        start = rules_of(model).start
        ids, predicting = padded([[*start, *answer[:-1]] for answer in micro.answers], device)
        predicting[:, : len(start) - 1] = False
        with only_at(model.get_output_embeddings(), predicting.flatten().nonzero()[:, 0]):
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
        """Of the distribution that was sampled from: without what may not be said."""
        rules = rules_of(model)
        logits, targets = self.label_logits(model, rolled)
        said = said_before(rolled.answers, rules).to(logits.device)
        return every_label(Labelled(forbid(logits, said, rules), targets))

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
        """No longer than the decoder's own positions, which its start takes some of."""
        positions = getattr(model.config, "max_position_embeddings", None)
        if positions:
            longest = positions - len(rules_of(model).start) + 1
            how = replace(how, max_new_tokens=min(how.max_new_tokens, longest))
        return generate_batches(model, prompts, formatter.stop_ids, how, keys, prefill)


FAMILY = EncoderDecoder()
