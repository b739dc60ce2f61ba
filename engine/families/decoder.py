"""Decoder-only language models: any AutoModelForCausalLM that transformers itself knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from engine import scratch
from engine.architectures import context_of
from engine.batching import Micro, split
from engine.decoding import Decoding, Ids, has_states
from engine.families.family import AnswerLogits, Family, Material
from engine.families.folder import (
    keep_output_contiguous,
    read_folder,
    write_generation_config,
)
from engine.formatting import Example, Formatter
from engine.forward import (
    Labelled,
    can_branch,
    label_logits,
    rows_loss,
    tree_labels,
    tree_logits,
    tree_loss,
)
from engine.generation import Batch, generate_batches
from engine.presets import nano_shape
from engine.tree import Tree, plant
from engine.words import _

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class Decoder(Family[Micro | Tree, Tree]):
    """The engine's first language: `engine.batching`, `forward`, `tree` and `generation` are its."""

    def read(
        self, folder: Path, dtype: torch.dtype, *, adapter: str, material: Material
    ) -> PreTrainedModel:
        from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

        model = read_folder(
            folder,
            dtype,
            auto_class="AutoModelForCausalLM",
            known=MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
            called=_("decoder"),
            choose=_("Choose a decoder-only language model"),
        )
        keep_output_contiguous(model)
        return model

    def new(
        self, overrides: Mapping[str, int], folder: Path, material: Material
    ) -> PreTrainedModel:
        shape = nano_shape(overrides)
        scratch.train_tokenizer(material.records, shape["vocabulary"], folder)
        model = scratch.nano(folder, dict(overrides))
        keep_output_contiguous(model)
        return model

    def formatter(self, folder: Path, model: PreTrainedModel) -> Formatter:
        return Formatter.from_folder(folder)

    def write_beside_adapter(self, model: PreTrainedModel, folder: Path) -> None:
        write_generation_config(model, folder)

    def can_share(self, model: PreTrainedModel) -> bool:
        return can_branch(model)

    def split(
        self, examples: Sequence[Example], tokens_per_batch: int, *, share: bool
    ) -> Sequence[Micro] | Sequence[Tree]:
        if share:
            return plant(examples, tokens_per_batch)
        return split(examples, tokens_per_batch)

    def label_logits(self, model: PreTrainedModel, micro: Micro | Tree) -> Labelled:
        if isinstance(micro, Tree):
            return tree_labels(model, micro)
        return label_logits(model, micro)

    def summed_loss(self, model: PreTrainedModel, micro: Micro | Tree) -> torch.Tensor:
        if isinstance(micro, Tree):
            return tree_loss(model, micro)
        return rows_loss(model, micro)

    def plant(
        self, examples: Sequence[Example], tokens_per_batch: int, *, share: bool
    ) -> list[Tree]:
        return plant(examples, tokens_per_batch, share=share)

    def answer_logits(self, model: PreTrainedModel, rolled: Tree) -> AnswerLogits:
        logits, row = tree_logits(model, rolled)
        return AnswerLogits(logits, row, torch.tensor(rolled.targets, device=row.device))

    def room(self, model: PreTrainedModel, max_new_tokens: int) -> int | None:
        context = context_of(model.config.to_dict(), "decoder")
        return context - max_new_tokens if context else None

    def answers(
        self,
        model: PreTrainedModel,
        formatter: Formatter,
        prompts: Sequence[Ids],
        how: Decoding,
        keys: Sequence[int] | None,
    ) -> Iterator[Batch]:
        unpadded = has_states(model)
        return generate_batches(model, prompts, formatter.stop_ids, how, keys, unpadded=unpadded)


FAMILY = Decoder()
