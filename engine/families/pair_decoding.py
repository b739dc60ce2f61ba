"""Prompts through an encoder, and answers through its decoder, token by token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from engine.families.answer_rules import AnswerRules, forbid, rules_of
from engine.families.padded import padded

if TYPE_CHECKING:
    from transformers import Cache, PreTrainedModel

    from engine.decoding import Ids


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
    rules: AnswerRules
    read: Read
    cache: Cache
    said: torch.Tensor
    """[rows, tokens], all that the decoder has read."""
    logits: torch.Tensor

    def repeat(self, times: int) -> None:
        rows = torch.arange(len(self.logits), device=self.logits.device).repeat_interleave(times)
        self.read = self.read.of(rows)
        self.said = self.said[rows]
        self.logits = self.logits[rows]
        self.cache.batch_repeat_interleave(times)

    def keep(self, rows: torch.Tensor) -> None:
        rows = rows.to(self.logits.device)
        self.read = self.read.of(rows)
        self.said = self.said[rows]
        self.cache.batch_select_indices(rows)

    def advance(self, tokens: torch.Tensor) -> None:
        self.feed(tokens[:, None].to(self.said.device))

    def feed(self, ids: torch.Tensor) -> None:
        """Let the decoder read `ids` [rows, tokens] and leave the logits of what comes next."""
        self.said = torch.cat([self.said, ids], dim=1)
        logits = self.model(
            encoder_outputs=self.read.outputs,
            attention_mask=self.read.mask,
            decoder_input_ids=ids,
            past_key_values=self.cache,
            use_cache=True,
        ).logits[:, -1]
        self.logits = forbid(logits, self.said, self.rules)


def prefill(model: PreTrainedModel, prompts: list[Ids]) -> PairLive:
    """Read the prompts, and what every answer begins with."""
    from transformers import DynamicCache, EncoderDecoderCache

    new = partial(DynamicCache, config=model.config.get_text_config(decoder=True))
    rules, device = rules_of(model), model.device
    nothing = torch.empty(len(prompts), 0, dtype=torch.long, device=device)
    live = PairLive(
        model, rules, encode(model, prompts), EncoderDecoderCache(new(), new()), nothing, nothing
    )
    live.feed(torch.tensor([rules.start] * len(prompts), device=device))
    return live
