"""Loading weights: a folder, a Hugging Face id, an adapter on top, or a model from nothing.

Safetensors only, and only architectures that transformers itself knows: a model's folder is data,
never code. The tokenizer isn't loaded by transformers at all; `engine.formatting` reads its files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import torch

from engine.adapters import new_adapter, put_adapter
from engine.architectures import misfit
from engine.compiling import compiled
from engine.decoding import Completion, Decoding, Ids
from engine.errors import ModelError, SpecError
from engine.families import family_of
from engine.families.family import AnyFamily, Material
from engine.formatting import Formatter
from engine.generation import Batch, in_order
from engine.hardware import choose_device, choose_dtype
from engine.hub import hub_folder
from engine.quantisation import quantise
from engine.recompute import recomputes
from engine.settings import PredictSettings, TrainSettings
from engine.spec import ModelRef
from engine.words import _

if TYPE_CHECKING:
    from peft import PeftModel
    from transformers import PreTrainedModel

    from engine.sharding import Sharded

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class Loaded:
    """A model ready to train or to generate, with its tokenizer's files."""

    model: PreTrainedModel | PeftModel
    formatter: Formatter
    tokenizer_folder: Path
    """Where tokenizer.json and the chat template lie; copied into every checkpoint."""
    base: str
    """What an adapter names as its base: a folder's absolute path, or a hub id."""
    device: torch.device
    dtype: torch.dtype
    """Number format of matrix products (bfloat16, float16 or float32)."""
    family: AnyFamily
    """How models of this architecture are fed and asked."""
    sharded: Sharded | None = None
    """The model in parts, where each process keeps its own (`engine.sharding`)."""
    compiles: bool = False
    """Whether its layers are compiled for steps (`engine.compiling`)."""

    @property
    def layout(self) -> str:
        """`adapter` or `full`: how checkpoints of it are written."""
        return "adapter" if hasattr(self.model, "peft_config") else "full"

    @property
    def transformer(self) -> PreTrainedModel:
        """The model inside, LoRA layers in place, without peft's wrapper."""
        model: Any = self.model
        return model.get_base_model() if self.layout == "adapter" else model

    @property
    def context(self) -> int | None:
        """How many positions the model has, as `Formatter.positions` counts them; None where there is
        no limit."""
        return self.family.room(self.transformer, 0)

    def answers(
        self, prompts: Sequence[Ids], how: Decoding, keys: Sequence[int] | None = None
    ) -> list[list[Completion]]:
        """`how.samples` answers to each prompt, in the order of the prompts."""
        return in_order(self.answer_batches(prompts, how, keys), len(prompts))

    def answer_batches(
        self, prompts: Sequence[Ids], how: Decoding, keys: Sequence[int] | None = None
    ) -> Iterator[Batch]:
        """The same a batch at a time, for those who save as they go."""
        return self.family.answers(self.transformer, self.formatter, prompts, how, keys)

    def forward(
        self, deed: Callable[Concatenate[Any, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """`deed(transformer, …)`: a forward pass that is learnt from, however the model is kept."""
        if self.sharded is None:
            return deed(self.transformer, *args, **kwargs)
        return self.sharded(lambda: deed(self.transformer, *args, **kwargs))

    def compiled(self) -> AbstractContextManager[None]:
        """Inside, layers are compiled, where that was asked for: for steps, forwards and backwards."""
        return compiled() if self.compiles else nullcontext()

    def whole(self) -> AbstractContextManager[None]:
        """Inside, the model is whole in every process, and can be run by one of them alone."""
        return nullcontext() if self.sharded is None else self.sharded.whole()

    @property
    def spares_memory(self) -> bool:
        """Whether activations are computed twice instead of being kept (`engine.recompute`)."""
        return recomputes(self.transformer)

    @property
    def shares(self) -> bool:
        """Whether what a step's sequences begin with alike goes through the model once."""
        return not self.spares_memory and self._can_share

    def try_sharing(self) -> bool:
        """Find out now whether it `shares`, before what comes next, after which it can't be tried."""
        return self.shares

    @cached_property
    def _can_share(self) -> bool:
        """Tried once: nothing that training changes makes a difference. In the weights' own format it
        is told most sharply; as steps will be run, on a GPU, other kernels have to agree too."""
        if not self.family.can_share(self.transformer):
            return False
        with self.autocast():
            return self.dtype == torch.float32 or self.family.can_share(self.transformer)

    @contextmanager
    def autocast(self) -> Iterator[None]:
        """Inside, matrix products are in `dtype`, whatever the weights are kept in."""
        if self.dtype == torch.float32 or self.sharded is not None:
            yield
            return
        # peft would cast each adapter's input to float32 only for autocast to cast it back.
        from peft.helpers import disable_input_dtype_casting

        with torch.autocast(self.device.type, self.dtype), disable_input_dtype_casting(self.model):
            yield


def load_for_training(
    ref: ModelRef,
    settings: TrainSettings,
    *,
    material: Material,
    scratch_folder: Path,
    whole: bool = True,
) -> Loaded:
    """Weights to train, in train mode, only those that are to change requiring gradients.

    With LoRA the frozen base is kept in `settings.dtype`, the adapter and a classifier's head in
    float32; otherwise all weights are float32. `material` teaches a from-scratch model its tokenizer, which is written
    to `scratch_folder`, and a classifier its labels. Random weights come from torch's global generator.
    Where it is not to stay `whole`, the model waits on the CPU: the device may hold parts of it only.

    Raises ModelError when there are no weights to read, SpecError when settings contradict.
    """
    device = choose_device(settings.device)
    dtype = choose_dtype(settings.dtype, device)
    wrong = misfit(ref.architecture, tuning=settings.tuning)
    if wrong and ref.source != "scratch":
        raise SpecError({wrong.field: _("%(why)s; %(remedy)s", why=wrong.why, remedy=wrong.remedy)})
    if ref.source == "scratch":
        loaded = _from_nothing(ref, settings, material, scratch_folder, device, dtype)
        new: Any = loaded.model
        new.to(device if whole else "cpu").train()
        return loaded
    family, folder = family_of(ref.architecture), weights_folder(ref)
    lora = settings.adapts
    model: Any = family.read(
        folder, dtype if lora else torch.float32, adapter=ref.adapter, material=material
    )
    if settings.tuning == "qlora":
        quantise(model, device, dtype)
    if lora:
        for one in family.beside_adapters(model):
            one.float()  # before a copy of it is made, into which a resumed run's is read
        if ref.adapter:
            model = put_adapter(model, ref.adapter, trainable=True)
        else:
            model = new_adapter(model, settings, _base_name(ref), family.lora_task)
    elif ref.adapter:
        model = put_adapter(model, ref.adapter, trainable=False).merge_and_unload()
        model.requires_grad_(True)
    model.to(device if whole else "cpu").train()
    return _loaded(model, family, ref, folder, device, dtype)


def load_for_prediction(ref: ModelRef, settings: PredictSettings) -> Loaded:
    """Weights to generate with: adapter merged, everything in `settings.dtype`, in eval mode.

    Raises ModelError when there are no weights to read, or none were trained yet (`scratch`).
    """
    if ref.source == "scratch":
        raise ModelError(
            _("a model from nothing has no weights yet"),
            _("Train it first, then predict with one of its checkpoints."),
        )
    device = choose_device(settings.device)
    dtype = choose_dtype(settings.dtype, device)
    family, folder = family_of(ref.architecture), weights_folder(ref)
    model: Any = family.read(
        folder, torch.float32 if ref.adapter else dtype, adapter=ref.adapter, material=Material()
    )
    if ref.adapter:  # summed in float32, rounded once
        model = put_adapter(model, ref.adapter, trainable=False).merge_and_unload().to(dtype)
    model.to(device).eval().requires_grad_(False)
    return _loaded(model, family, ref, folder, device, dtype)


def read_weights(
    folder: Path, dtype: torch.dtype, architecture: str = "decoder"
) -> PreTrainedModel:
    """The model in a folder in Hugging Face layout. Raises ModelError."""
    return family_of(architecture).read(folder, dtype, adapter="", material=Material())


def _from_nothing(
    ref: ModelRef,
    settings: TrainSettings,
    material: Material,
    folder: Path,
    device: torch.device,
    dtype: torch.dtype,
) -> Loaded:
    if ref.preset != "nano":
        raise ModelError(
            _("there is no preset called %(preset)s", preset=repr(ref.preset)), _("Choose nano.")
        )
    if settings.tuning != "full":
        raise SpecError({"tuning": _("a model from nothing has to be trained whole; choose full")})
    family = family_of(ref.architecture)
    model: Any = family.new(ref.overrides, folder, material)
    formatter = family.formatter(folder, model)
    return Loaded(model, formatter, folder, "", device, dtype, family)


def _loaded(
    model: Any,
    family: AnyFamily,
    ref: ModelRef,
    folder: Path,
    device: torch.device,
    dtype: torch.dtype,
) -> Loaded:
    tokenizer = _tokenizer_folder(ref, folder)
    loaded = Loaded(model, None, tokenizer, _base_name(ref), device, dtype, family)  # type: ignore[arg-type]
    loaded.formatter = family.formatter(tokenizer, loaded.transformer)
    embeddings: Any = loaded.transformer.get_input_embeddings()
    loaded.formatter.rows = len(embeddings.weight)
    return loaded


def weights_folder(ref: ModelRef) -> Path:
    """Where the weights under any adapter lie. Raises ModelError."""
    if ref.source == "hub":
        return hub_folder(ref.path)
    folder = Path(ref.path)
    if not folder.is_dir():
        raise ModelError(
            _("there is no model folder at %(folder)s", folder=folder),
            _("Bring the folder back, or choose another base model."),
        )
    return folder


def _tokenizer_folder(ref: ModelRef, folder: Path) -> Path:
    """The adapter's own tokenizer where it has one: it is what the adapter was trained with."""
    beside = Path(ref.adapter)
    return beside if ref.adapter and (beside / "tokenizer.json").is_file() else folder


def _base_name(ref: ModelRef) -> str:
    return ref.path if ref.source == "hub" else str(Path(ref.path).absolute())
