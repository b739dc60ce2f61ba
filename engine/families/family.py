"""What `Loaded.family` answers: everything that differs between architectures, and nothing else.

An example is always what the model reads and then what it shall say (`Example.ids`, cut at
`prompt_length`); what one step's examples become on their way through the model is the family's
own business. So one SFT, one GRPO, one validation and one `predict` serve all of them:

    examples ─ split ─▸ micro-batches ─ label_logits ─▸ logits and targets ─▸ cross-entropy
    rollouts ─ plant ─▸ micro-batches ─ answer_logits ─▸ log-probabilities ─▸ the policy's loss
    prompts  ─ answers ─▸ completions, a batch at a time

A family holds no state: the model comes with each call.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from engine.decoding import Decoding, Ids
from engine.formatting import Example, Formatter
from engine.forward import Labelled
from engine.generation import Batch
from engine.records import Record, TaskInfo

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class MicroBatch(Protocol):
    """What a step is split into; the rest of it is between `split` and `label_logits`."""

    @property
    def label_tokens(self) -> int:
        """How many labels its loss is summed over."""

    @property
    def tokens(self) -> int:
        """Tokens of the examples in it, as if each were run whole; no padding."""


class AnswerBatch(Protocol):
    """What rollouts are split into; `order` and `labels` go together."""

    @property
    def order(self) -> Sequence[int]:
        """Which of the examples given to `plant` each row is."""

    @property
    def labels(self) -> Sequence[int]:
        """How many tokens the answer of each row has."""


class AnswerLogits(NamedTuple):
    """What a model says of N answer tokens, one row's after the other."""

    logits: Tensor
    """[M, vocabulary]; tokens that follow the same ones may share theirs."""
    row: Tensor
    """[N], which of the M each token is judged by."""
    targets: Tensor
    """[N], the tokens, int64."""


def every_label(labelled: Labelled) -> AnswerLogits:
    """Answer logits of a family whose labels each have their own."""
    rows = torch.arange(len(labelled.targets), device=labelled.targets.device)
    return AnswerLogits(labelled.logits, rows, labelled.targets)


class Material(NamedTuple):
    """What a model may be fitted to: the train split and the tasks of the snapshot."""

    records: Sequence[Record] = ()
    tasks: Mapping[str, TaskInfo] = {}


Micro = TypeVar("Micro", bound=MicroBatch)
Rolled = TypeVar("Rolled", bound=AnswerBatch)


class Family(ABC, Generic[Micro, Rolled]):
    """See the top of this file."""

    lora_task: ClassVar[str] = "CAUSAL_LM"
    """peft's word for the task."""
    own_code: ClassVar[Path | None] = None
    """The module that makes transformers know such models, where it doesn't by itself. It imports torch
    and transformers alone, and goes out with an export, called as its model type is."""

    @abstractmethod
    def read(
        self, folder: Path, dtype: torch.dtype, *, adapter: str, material: Material
    ) -> PreTrainedModel:
        """The weights of a folder in Hugging Face layout. Raises ModelError.

        `adapter` is the folder of the adapter that will be put on top, or empty.
        """

    @abstractmethod
    def new(
        self, overrides: Mapping[str, int], folder: Path, material: Material
    ) -> PreTrainedModel:
        """A `nano` model with random weights (torch's global generator) and, in `folder`, a
        tokenizer of the train split. Raises ModelError when the overrides don't make a model."""

    @abstractmethod
    def formatter(self, folder: Path, model: PreTrainedModel) -> Formatter:
        """How records become ids for `model`, with the tokenizer in `folder`. Raises ModelError."""

    def write_beside_adapter(self, model: PreTrainedModel, folder: Path) -> None:
        """Write what an adapter's folder has to say of the model under it, to be read by itself."""

    def beside_adapters(self, model: PreTrainedModel) -> Sequence[nn.Module]:
        """What is trained whole beside adapters."""
        return ()

    def output_layer(self, model: PreTrainedModel) -> nn.Module | None:
        """The layer that says what was found: tokens, or labels."""
        return model.get_output_embeddings()

    @abstractmethod
    def can_share(self, model: PreTrainedModel) -> bool:
        """Whether what sequences begin with alike may be run once: `share` of `split` and `plant`.

        It may have to be tried: ask `Loaded.shares`, which does so once.
        """

    @abstractmethod
    def split(
        self, examples: Sequence[Example], tokens_per_batch: int, *, share: bool
    ) -> Sequence[Micro]:
        """Micro-batches of a step, each of at most so many tokens, padding included."""

    @abstractmethod
    def label_logits(self, model: PreTrainedModel, micro: Micro) -> Labelled:
        """Logits at every label of a micro-batch, with gradients."""

    def summed_loss(self, model: PreTrainedModel, micro: Micro) -> Tensor:
        """Cross-entropy summed over a micro-batch's labels, 0-d, in nats, computed in float32."""
        logits, targets = self.label_logits(model, micro)
        return cross_entropy(logits.float(), targets, reduction="sum")

    @abstractmethod
    def plant(
        self, examples: Sequence[Example], tokens_per_batch: int, *, share: bool
    ) -> Sequence[Rolled]:
        """Micro-batches of rollouts: many answers to few prompts."""

    @abstractmethod
    def answer_logits(self, model: PreTrainedModel, rolled: Rolled) -> AnswerLogits:
        """Logits at every answer token of rollouts, with gradients."""

    @abstractmethod
    def room(self, model: PreTrainedModel, max_new_tokens: int) -> int | None:
        """The longest prompt that leaves room for an answer; None where there is no limit."""

    @abstractmethod
    def answers(
        self,
        model: PreTrainedModel,
        formatter: Formatter,
        prompts: Sequence[Ids],
        how: Decoding,
        keys: Sequence[int] | None,
    ) -> Iterator[Batch]:
        """Completions of the prompts, a batch at a time, longest prompts first.

        `keys` decide each prompt's random numbers, as in `engine.generation`.
        """


AnyFamily = Family[Any, Any]
