"""The LSTM text generator (`lstm_model`): a decoder whose memory is a recurrent state.

What rows begin with alike is run once and its state copied to each of them, gradients included:
the state after a prefix is all that an LSTM knows of it, so this is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from engine import scratch
from engine.decoding import DecoderLive, Decoding, Ids, prefill
from engine.families import lstm_model
from engine.families.family import AnswerLogits, Family, Material, every_label
from engine.families.folder import read_folder
from engine.families.lstm_model import LSTMConfig, LSTMForCausalLM, Memory
from engine.formatting import Example, Formatter
from engine.forward import Labelled, only_at, padded_rows
from engine.generation import Batch, generate_batches
from engine.presets import nano_shape
from engine.stems import Stem, split
from engine.words import _

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class LSTM(Family[Stem, Stem]):
    """Rows and generation are the decoder's; its memory and, with it, the micro-batches differ."""

    own_code = Path(lstm_model.__file__)

    def read(
        self, folder: Path, dtype: torch.dtype, *, adapter: str, material: Material
    ) -> PreTrainedModel:
        return read_folder(
            folder,
            dtype,
            auto_class="AutoModelForCausalLM",
            known=(LSTMConfig.model_type,),
            called=_("LSTM of the studio's own"),
            choose=_("Choose a checkpoint of an LSTM that was trained here"),
        )

    def new(
        self, overrides: Mapping[str, int], folder: Path, material: Material
    ) -> PreTrainedModel:
        shape = nano_shape(overrides, "lstm")
        scratch.train_tokenizer(material.records, shape["vocabulary"], folder, "lstm")
        config = LSTMConfig(
            hidden_size=shape["width"],
            num_hidden_layers=shape["depth"],
            **scratch.vocabulary_of(folder),
        )
        return LSTMForCausalLM(config)

    def formatter(self, folder: Path, model: PreTrainedModel) -> Formatter:
        return Formatter.from_folder(folder)

    def can_share(self, model: PreTrainedModel) -> bool:
        return True

    def split(
        self, examples: Sequence[Example], tokens_per_batch: int, *, share: bool
    ) -> list[Stem]:
        return split(examples, tokens_per_batch)

    def label_logits(self, model: PreTrainedModel, micro: Stem) -> Labelled:
        """Rows are padded on the right, which nothing before it sees, so no mask is needed."""
        device, memory = model.device, Memory()
        if micro.prefix:
            prefix = torch.tensor([micro.prefix], device=device)
            model(input_ids=prefix, past_key_values=memory, logits_to_keep=1)
            memory.batch_repeat_interleave(len(micro.rows))
        ids, predicting, targets = padded_rows(micro, device)
        with only_at(model.get_output_embeddings(), predicting):
            logits = model(input_ids=ids, past_key_values=memory).logits
        return Labelled(logits, targets)

    def plant(
        self, examples: Sequence[Example], tokens_per_batch: int, *, share: bool
    ) -> list[Stem]:
        return split(examples, tokens_per_batch)

    def answer_logits(self, model: PreTrainedModel, rolled: Stem) -> AnswerLogits:
        return every_label(self.label_logits(model, rolled))

    def room(self, model: PreTrainedModel, max_new_tokens: int) -> int | None:
        return None

    def answers(
        self,
        model: PreTrainedModel,
        formatter: Formatter,
        prompts: Sequence[Ids],
        how: Decoding,
        keys: Sequence[int] | None,
    ) -> Iterator[Batch]:
        return generate_batches(model, prompts, formatter.stop_ids, how, keys, _prefill)


def _prefill(model: PreTrainedModel, prompts: list[Ids]) -> DecoderLive:
    return prefill(model, prompts, Memory())


FAMILY = LSTM()
