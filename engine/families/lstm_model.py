"""The LSTM text generator, embedding → LSTM → fully connected, as transformers keeps its models.

    ids [rows, length] ─ embedding ─ LSTM, `depth` layers ─ fully connected ─ logits [.., vocabulary]
                                        ↑ ↓
                      Memory: hidden and cell [depth, rows, width], all that it knows of the past

Padding changes nothing, on whichever side it stands: rows are packed before they run. Importing
this module makes AutoConfig and AutoModelForCausalLM know it: `AutoModelForCausalLM.from_pretrained`
then opens a folder of it. It needs torch and transformers (5 or newer), no more, and exports carry a
copy of it, `instructstudio_lstm.py`.

Source: Hochreiter & Schmidhuber (1997); forget bias of one: Jozefowicz et al. (2015).
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    GenerationMixin,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers import initialization as init
from transformers.cache_utils import Cache
from transformers.modeling_outputs import CausalLMOutputWithPast


class LSTMConfig(PreTrainedConfig):
    model_type = "instructstudio_lstm"

    vocab_size: int = 2048
    hidden_size: int = 128
    num_hidden_layers: int = 2
    dropout: float = 0.0
    initializer_range: float = 0.1
    tie_word_embeddings: bool = False


class Memory(Cache):
    """What an LSTM remembers: hidden and cell states, both [layers, rows, width], and of how much."""

    def __init__(self) -> None:
        super().__init__(layers=[])
        self.state: tuple[Tensor, Tensor] | None = None
        self.length = 0

    def take(self, state: tuple[Tensor, Tensor], tokens: int) -> None:
        self.state, self.length = state, self.length + tokens

    def get_seq_length(self, layer_idx: int = 0) -> int:
        return self.length

    def batch_repeat_interleave(self, repeats: int) -> None:
        self._map(lambda one: one.repeat_interleave(repeats, dim=1))

    def batch_select_indices(self, indices: Tensor) -> None:
        self._map(lambda one: one[:, indices])

    def reorder_cache(self, beam_idx: Tensor) -> None:
        self.batch_select_indices(beam_idx)

    def reset(self) -> None:
        self.state, self.length = None, 0

    def _map(self, change: Any) -> None:
        if self.state is not None:
            self.state = (change(self.state[0]), change(self.state[1]))


class LSTMForCausalLM(PreTrainedModel, GenerationMixin):
    config_class = LSTMConfig
    main_input_name = "input_ids"
    _tied_weights_keys = {"lm_head.weight": "embed_tokens.weight"}
    _is_stateful = True
    """To `generate`: it can't be rolled back, so nothing may be guessed ahead."""

    def __init__(self, config: LSTMConfig) -> None:
        super().__init__(config)
        width = config.hidden_size
        self.embed_tokens = nn.Embedding(config.vocab_size, width)
        self.lstm = nn.LSTM(
            width,
            width,
            config.num_hidden_layers,
            batch_first=True,
            dropout=config.dropout if config.num_hidden_layers > 1 else 0.0,
        )
        self.lm_head = nn.Linear(width, config.vocab_size, bias=False)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, nn.Embedding):
            init.normal_(module.weight)
        if isinstance(module, nn.LSTM):
            for name, weight in module.named_parameters():
                if name.startswith("weight_hh"):
                    init.orthogonal_(weight)
                if name.startswith("bias_ih"):
                    gates = torch.zeros(4, module.hidden_size)
                    gates[1] = 1.0  # torch's order: input, forget, cell, output
                    init.copy_(weight, gates.flatten())

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        past_key_values: Memory | None = None,
        use_cache: bool | None = None,
        labels: Tensor | None = None,
        logits_to_keep: int | Tensor = 0,
        **_: Any,
    ) -> CausalLMOutputWithPast:
        """`attention_mask` [rows, length seen so far or given now]: 0 where there is padding."""
        if use_cache and past_key_values is None:
            past_key_values = Memory()
        memory = past_key_values.state if past_key_values is not None else None
        real = None if attention_mask is None else attention_mask[:, -input_ids.shape[1] :].bool()
        hidden, state = self._run(self.embed_tokens(input_ids), memory, real)
        if past_key_values is not None:
            past_key_values.take(state, input_ids.shape[1])
        kept = slice(-logits_to_keep, None) if isinstance(logits_to_keep, int) else logits_to_keep
        logits = self.lm_head(hidden[:, kept])
        loss = None
        if labels is not None:
            loss = self.loss_function(logits, labels, vocab_size=self.config.vocab_size)
        return CausalLMOutputWithPast(loss=loss, logits=logits, past_key_values=past_key_values)

    def prepare_inputs_for_generation(
        self,
        input_ids: Tensor,
        next_sequence_length: int | None = None,
        past_key_values: Any = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        is_first_iteration: bool | None = False,
        **more: Any,
    ) -> dict[str, Any]:
        """To `generate`: only what the memory doesn't hold yet."""
        new = input_ids.shape[1] - (past_key_values.length if past_key_values is not None else 0)
        return {
            "input_ids": input_ids[:, -new:],
            "attention_mask": attention_mask,
            "past_key_values": past_key_values,
            "use_cache": more.get("use_cache"),
        }

    @classmethod
    def _supports_default_dynamic_cache(cls) -> bool:
        """`generate` shall not make a cache of keys and values: the first pass makes a `Memory`."""
        return False

    def _run(
        self, embedded: Tensor, memory: tuple[Tensor, Tensor] | None, real: Tensor | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Hidden states [rows, length, width], zero where padded, and the state after each row."""
        if real is None or bool(real.all()):
            return self._step(embedded, memory)
        lengths = real.sum(dim=1)
        to_the_left = (~real).long().argsort(dim=1, stable=True)[..., None].expand_as(embedded)
        packed = pack_padded_sequence(
            embedded.gather(1, to_the_left),
            lengths.clamp(min=1).cpu(),  # a row of padding alone runs too, and is undone below
            batch_first=True,
            enforce_sorted=False,
        )
        out, state = self._step(packed, memory)
        hidden, _ = pad_packed_sequence(out, batch_first=True, total_length=embedded.shape[1])
        hidden = torch.zeros_like(hidden).scatter(1, to_the_left, hidden)
        before = memory or tuple(torch.zeros_like(one) for one in state)
        ran = (lengths > 0)[None, :, None]
        hidden_state, cell_state = (
            torch.where(ran, new, old) for new, old in zip(state, before, strict=True)
        )
        return hidden, (hidden_state, cell_state)

    def _step(self, rows: Any, memory: tuple[Tensor, Tensor] | None) -> Any:
        """The recurrence, in the number format of its weights.

        Rounding to bfloat16 at every token would add up, so autocast stays out; and oneDNN's own
        LSTM refuses bfloat16 weights on processors without it, where torch's doesn't.
        """
        weight = self.embed_tokens.weight
        plain = torch.backends.mkldnn.flags(enabled=False)
        with (
            torch.autocast(weight.device.type, enabled=False),
            nullcontext() if weight.dtype == torch.float32 else plain,
        ):
            return self.lstm(rows, memory)


AutoConfig.register(LSTMConfig.model_type, LSTMConfig)
AutoModelForCausalLM.register(LSTMConfig, LSTMForCausalLM)
