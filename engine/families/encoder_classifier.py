"""Encoder classifiers: any AutoModelForSequenceClassification; `nano` is a small BERT.

The head has one class a label of the snapshot's classification tasks (`engine.reading.label_space`),
so a label that two tasks share is one class, and an answer is always one of them: its text, and the
log-probability of its class. Which labels a model knows stands in its config, as `id2label`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import torch

from engine import scratch
from engine.architectures import context_of, has_head
from engine.decoding import Completion, Decoding, Ids, pick, uniforms
from engine.errors import ModelError, SpecError
from engine.families.family import AnswerLogits, Family, Material
from engine.families.folder import read_config, read_folder
from engine.families.padded import padded
from engine.formatting import Example, Formatter
from engine.forward import Labelled
from engine.generation import Batch, evaluating
from engine.presets import nano_shape
from engine.reading import ClassFormatter, label_space
from engine.texts import Texts, by_length, split
from engine.words import _

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class EncoderClassifier(Family[Texts, Any]):
    lora_task = "SEQ_CLS"
    """The head is then trained whole and kept beside the adapter."""

    def read(
        self, folder: Path, dtype: torch.dtype, *, adapter: str, material: Material
    ) -> PreTrainedModel:
        """Its head keeps what it knows of the labels that it shall tell apart, and is new for others.

        Without `material` (for prediction) the labels are the model's own, or its adapter's.
        """
        from transformers.models.auto.modeling_auto import (
            MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
        )

        known = labels_in(folder)
        of_adapter = labels_in(Path(adapter)) if adapter else []
        wanted = label_space(material.records, material.tasks) or of_adapter or known
        if of_adapter and wanted != of_adapter:
            raise ModelError(
                _(
                    "this adapter tells apart %(of_adapter)s, the data %(wanted)s",
                    of_adapter=", ".join(of_adapter),
                    wanted=", ".join(wanted),
                ),
                _("Start from the base model under it, which gets a head of its own."),
            )
        if not wanted:
            raise ModelError(
                _("%(name)s has no head yet that could pick a label", name=folder.name),
                _(
                    "Train it on a classification task first, then predict with one of its "
                    "checkpoints."
                ),
            )
        model = read_folder(
            folder,
            dtype,
            auto_class="AutoModelForSequenceClassification",
            known=MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
            called=_("encoder with a classifier"),
            choose=_("Choose an encoder such as BERT or MiniLM"),
            new_head=True,
            ignore_mismatched_sizes=True,
            **_as_config(wanted),
        )
        if known and known != wanted:
            _carry_over(folder, known, model, wanted)
        return model

    def new(
        self, overrides: Mapping[str, int], folder: Path, material: Material
    ) -> PreTrainedModel:
        from transformers import BertConfig, BertForSequenceClassification

        shape = nano_shape(overrides, "encoder_classifier")
        labels = label_space(material.records, material.tasks)
        scratch.train_tokenizer(material.records, shape["vocabulary"], folder, "encoder_classifier")
        config = BertConfig(
            hidden_size=shape["width"],
            intermediate_size=4 * shape["width"],
            num_hidden_layers=shape["depth"],
            num_attention_heads=shape["heads"],
            max_position_embeddings=shape["positions"],
            **scratch.vocabulary_of(folder),
            **_as_config(labels),
        )
        return BertForSequenceClassification(config)

    def formatter(self, folder: Path, model: PreTrainedModel) -> Formatter:
        return ClassFormatter.from_folder(folder).for_labels(_labels_of(model))

    def write_beside_adapter(self, model: PreTrainedModel, folder: Path) -> None:
        """Its labels, which stand in its config."""
        model.config.architectures = [type(model).__name__]
        model.config.save_pretrained(str(folder))

    def beside_adapters(self, model: PreTrainedModel) -> Sequence[torch.nn.Module]:
        """Its head, by the names that peft knows heads by."""
        from peft.utils.constants import SEQ_CLS_HEAD_NAMES

        return [one for name, one in model.named_children() if name in SEQ_CLS_HEAD_NAMES]

    def output_layer(self, model: PreTrainedModel) -> torch.nn.Module | None:
        return _output_layer(model, len(_labels_of(model)))

    def can_share(self, model: PreTrainedModel) -> bool:
        return False

    def split(
        self, examples: Sequence[Example], tokens_per_batch: int, *, share: bool
    ) -> list[Texts]:
        return split(examples, tokens_per_batch)

    def label_logits(self, model: PreTrainedModel, micro: Texts) -> Labelled:
        """Logits [rows, classes]: a text has one label."""
        targets = torch.tensor(micro.classes, device=model.device)
        return Labelled(_class_logits(model, micro.rows), targets)

    def plant(
        self, examples: Sequence[Example], tokens_per_batch: int, *, share: bool
    ) -> Sequence[Any]:
        _refuse_reward()

    def answer_logits(self, model: PreTrainedModel, rolled: Any) -> AnswerLogits:
        _refuse_reward()

    def room(self, model: PreTrainedModel, max_new_tokens: int) -> int | None:
        return context_of(model.config.to_dict(), "encoder_classifier")

    def answers(
        self,
        model: PreTrainedModel,
        formatter: Formatter,
        prompts: Sequence[Ids],
        how: Decoding,
        keys: Sequence[int] | None,
    ) -> Iterator[Batch]:
        """The class of each prompt as the one id of a completion; drawn, where that is asked for."""
        keys = range(len(prompts)) if keys is None else keys
        for window in reversed(by_length(prompts, how.tokens_per_batch)):
            indices = [which for which, _ in window]
            with evaluating(model), torch.no_grad():
                logits = _class_logits(model, [ids for _, ids in window])
            said = [one for one in _by_label(model, logits) for _ in range(how.samples)]
            drawn = uniforms([keys[at] for at in indices], how)[:, 0]
            picked = pick(logits.repeat_interleave(how.samples, dim=0), drawn, how.temperature)
            done = [
                Completion([token], "stop", [logprob], by_label)
                for token, logprob, by_label in zip(
                    *(one.tolist() for one in picked), said, strict=True
                )
            ]
            yield Batch(
                indices, [done[at : at + how.samples] for at in range(0, len(done), how.samples)]
            )


def labels_in(folder: Path) -> list[str]:
    """The labels that a folder's head tells apart, in the order of its classes; none without head."""
    config = read_config(folder)
    if not has_head(config):
        return []
    named = config.get("id2label") or {}
    return [named[at] for at in sorted(named, key=int)]


def _labels_of(model: PreTrainedModel) -> list[str]:
    named: Any = model.config.id2label
    return [named[at] for at in sorted(named)]


def _by_label(model: PreTrainedModel, logits: torch.Tensor) -> list[dict[str, float]]:
    """What the head gives each label, a dictionary a row of `logits` [rows, classes]."""
    rows = torch.log_softmax(logits.float(), dim=-1).tolist()
    labels = _labels_of(model)
    return [dict(zip(labels, row, strict=True)) for row in rows]


def _as_config(labels: Sequence[str]) -> dict[str, Any]:
    return {
        "num_labels": len(labels),
        "id2label": dict(enumerate(labels)),
        "label2id": {label: at for at, label in enumerate(labels)},
        "problem_type": "single_label_classification",
    }


def _carry_over(
    folder: Path, known: Sequence[str], model: PreTrainedModel, wanted: Sequence[str]
) -> None:
    """Give a head for other labels what the folder's head knew of those it shares; the others are new."""
    from transformers import AutoModelForSequenceClassification

    before = AutoModelForSequenceClassification.from_pretrained(folder, use_safetensors=True)
    old, new = _output_layer(before, len(known)), _output_layer(model, len(wanted))
    with torch.no_grad():
        new.weight.normal_(std=model.config.initializer_range)
        new.bias.zero_()
        for label in set(known) & set(wanted):
            new.weight[wanted.index(label)] = old.weight[known.index(label)]
            new.bias[wanted.index(label)] = old.bias[known.index(label)]


def _output_layer(model: PreTrainedModel, classes: int) -> torch.nn.Linear:
    """The last layer of the head."""
    linear = [one for one in model.modules() if isinstance(one, torch.nn.Linear)]
    return [one for one in linear if one.out_features == classes][-1]


def _class_logits(model: PreTrainedModel, rows: Sequence[Ids]) -> torch.Tensor:
    ids, real = padded(rows, model.device)
    ids = ids.masked_fill(~real, model.config.pad_token_id or 0)
    return model(input_ids=ids, attention_mask=real.long()).logits


def _refuse_reward() -> NoReturn:
    raise SpecError(
        {"method": _("a classifier writes nothing that could be rewarded; train it by SFT")}
    )


FAMILY = EncoderClassifier()
