"""One batch, token by token: prefill, pick, drop the rows that ended, advance. Imports torch.

Own loop on transformers' DynamicCache, because `generate` can't let a row leave its batch, nor
run a common prefix once. What each row may see is told by mask and positions, so it doesn't
matter beside whom it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from inspect import signature
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor
from transformers import Cache, DynamicCache
from transformers.cache_utils import DynamicLayer, LinearAttentionCacheLayerMixin

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Ids = list[int]

WORTH_SHARING = 8
"""Tokens: a shorter common prefix isn't worth a pass of its own."""


@dataclass(frozen=True)
class Decoding:
    """How to decode. Temperature 0 is greedy; `samples` completions are given for each prompt."""

    max_new_tokens: int = 64
    temperature: float = 0.0
    samples: int = 1
    seed: int = 17
    tokens_per_batch: int = 8192
    """Prompt and response tokens, padding included, held at once; one prompt always goes."""


class Completion(NamedTuple):
    """One answer. `ids` ends in the stop token when `ended` is stop; else it is length."""

    ids: list[int]
    ended: str
    logprobs: list[float]
    """Of each id, in nats, under the distribution that was sampled from (temperature included;
    greedy: temperature 1)."""
    by_label: dict[str, float] | None = None
    """Of a classifier: the log-probability of each of its labels, in nats, as its head has it
    whatever the temperature. None of models that write."""


class Live(Protocol):
    """The rows that still decode, of whatever architecture."""

    logits: Tensor
    """[rows, vocabulary], of the next token."""

    def repeat(self, times: int) -> None:
        """Each row `times` times, one after the other: one prefill for a whole group."""

    def keep(self, rows: Tensor) -> None:
        """Only these rows (indices) go on; the others leave the cache too."""

    def advance(self, tokens: Tensor) -> None:
        """Feed the rows' tokens [rows] and leave the logits of the next ones."""


@dataclass
class DecoderLive:
    """Rows of a decoder-only model. Tensors are [rows, …]."""

    model: PreTrainedModel
    cache: Cache
    mask: Tensor | None
    """[rows, cached tokens], False where padded; None where nothing is."""
    position: Tensor
    """[rows], of the next token."""
    logits: Tensor
    word: str
    """By which the model takes its cache."""

    def repeat(self, times: int) -> None:
        if times == 1:
            return
        rows = torch.arange(len(self.position), device=self.position.device)
        self.keep(rows.repeat_interleave(times))
        self.logits = self.logits.repeat_interleave(times, dim=0)

    def keep(self, rows: Tensor) -> None:
        rows = rows.to(self.position.device)
        select(self.cache, rows)
        self.mask = None if self.mask is None else self.mask[rows]
        self.position = self.position[rows]

    def advance(self, tokens: Tensor) -> None:
        if self.mask is not None:
            self.mask = torch.cat([self.mask, self.mask.new_ones(len(tokens), 1)], dim=1)
        self.logits = self.model(
            input_ids=tokens[:, None].to(self.position.device),
            attention_mask=self.mask,
            position_ids=self.position[:, None],
            use_cache=True,
            **{self.word: self.cache},
        ).logits[:, -1]
        self.position = self.position + 1


@dataclass
class _Draft:
    """A completion as it grows."""

    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    ended: str = "length"


def complete(
    live: Live, prompts: int, stop_ids: frozenset[int], how: Decoding, keys: list[int]
) -> list[list[Completion]]:
    """One batch from its prefill to its end: `live` holds as many rows as there are `prompts`."""
    live.repeat(how.samples)
    drafts = [_Draft() for _ in range(prompts * how.samples)]
    completion = torch.arange(len(drafts))  # whose row each row is
    drawn = uniforms(keys, how)
    for step in range(how.max_new_tokens):
        tokens, logprobs = pick(live.logits, drawn[completion, step], how.temperature)
        going = _append(drafts, completion, tokens, logprobs, stop_ids)
        if not going or step + 1 == how.max_new_tokens:
            break
        if len(going) < len(tokens):
            rows = torch.tensor(going)
            live.keep(rows)
            tokens, completion = tokens[rows], completion[rows]
        live.advance(tokens)
    done = [Completion(one.ids, one.ended, one.logprobs) for one in drafts]
    return [done[i : i + how.samples] for i in range(0, len(done), how.samples)]


def prefill(model: PreTrainedModel, prompts: list[Ids], cache: Cache | None = None) -> DecoderLive:
    """Run the prompts: their common prefix once, then what differs, left-padded.

    `cache` is an empty one, for a model whose memory isn't keys and values. One with states comes with
    prompts of one length: what stands before a shorter one would change them.
    """
    device = next(model.parameters()).device
    cache = DynamicCache(config=model.config) if cache is None else cache
    shared = _shared_length(model, prompts)
    if shared:
        prefix = torch.tensor([prompts[0][:shared]], device=device)
        model(input_ids=prefix, past_key_values=cache, use_cache=True, logits_to_keep=1)
        cache.batch_repeat_interleave(len(prompts))
    longest = max(map(len, prompts)) - shared
    ids = torch.zeros(len(prompts), longest, dtype=torch.long)
    mask = torch.zeros(len(prompts), longest, dtype=torch.bool)
    for row, prompt in enumerate(prompts):
        ids[row, longest - len(prompt) + shared :] = torch.tensor(prompt[shared:])
        mask[row, longest - len(prompt) + shared :] = True
    positions = (mask.cumsum(dim=1) - 1).clamp(min=0) + shared
    mask = torch.cat([torch.ones(len(prompts), shared, dtype=torch.bool), mask], dim=1).to(device)
    told, word = None if states_in(cache) else mask, _word_for_memory(model)
    logits = model(
        input_ids=ids.to(device),
        attention_mask=told,
        position_ids=positions.to(device),
        use_cache=True,
        logits_to_keep=1,
        **{word: cache},
    ).logits[:, -1]
    lengths = torch.tensor([len(prompt) for prompt in prompts], device=device)
    return DecoderLive(model, cache, told, lengths, logits, word)


def states_in(cache: Cache) -> list[LinearAttentionCacheLayerMixin]:
    """The layers of a cache that remember states, as Mamba's do, beside keys and values or instead."""
    return [one for one in cache.layers if isinstance(one, LinearAttentionCacheLayerMixin)]


def has_states(model: PreTrainedModel) -> bool:
    """Whether a model of transformers' remembers states: their rows can't be padded."""
    return bool(states_in(DynamicCache(config=model.config)))


def select(cache: Cache, rows: Tensor) -> None:
    """These rows of all that a cache remembers; of states, transformers knows only how to reorder."""
    states = states_in(cache)
    if not states:
        cache.batch_select_indices(rows)
        return
    for layer in cache.layers:
        if isinstance(layer, DynamicLayer) and layer.is_initialized:
            layer.batch_select_indices(rows)
    for one in states:
        for kept in (one.conv_states, one.recurrent_states):
            kept |= {at: state[rows] for at, state in kept.items() if state is not None}


def _word_for_memory(model: PreTrainedModel) -> str:
    """By which argument a model takes its cache: Mamba would take the usual one for nothing."""
    own = "cache_params" in signature(model.forward).parameters
    return "cache_params" if own else "past_key_values"


def _shared_length(model: PreTrainedModel, prompts: list[Ids]) -> int:
    """Tokens that all prompts begin with, at least one left over for each; 0 if not worth it.

    Between prefix and rest stands a short row's padding. Masked, it is nothing to full attention,
    but a sliding window would count it as distance.
    """
    if has_states(model):
        return 0
    kinds = getattr(model.config, "layer_types", None) or ["full_attention"]
    windowed = getattr(model.config, "sliding_window", None) and kinds == ["full_attention"]
    if len(prompts) < 2 or windowed or set(kinds) != {"full_attention"}:
        return 0
    first, last = min(prompts), max(prompts)  # in order of tokens, these two differ soonest
    pairs = zip(first[:-1], last[:-1], strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return shared if shared >= WORTH_SHARING else 0


def uniforms(keys: list[int], how: Decoding) -> Tensor:
    """[prompts · samples, max_new_tokens] numbers in [0, 1), each row from its own stream."""
    if how.temperature == 0:
        return torch.zeros(len(keys) * how.samples, how.max_new_tokens)
    rows = [
        np.random.default_rng([how.seed, key, sample]).random(how.max_new_tokens)
        for key in keys
        for sample in range(how.samples)
    ]
    return torch.from_numpy(np.stack(rows)).float()


def pick(logits: Tensor, uniform: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """The next token of each row and its log-probability, both [rows], on the CPU.

    Sampling inverts the cumulative distribution at `uniform`, scaled by the last sum and kept below it:
    rounded up to it, it would point past everything that has a chance.
    """
    logprobs = torch.log_softmax(logits.float() / (temperature or 1.0), dim=-1)
    if temperature == 0:
        tokens = logprobs.argmax(dim=-1, keepdim=True)
    else:
        chances = logprobs.exp()
        if torch.are_deterministic_algorithms_enabled():
            chances = chances.cpu()  # CUDA adds up in any order, and would refuse to
        sums = chances.cumsum(dim=-1)
        last = sums[:, -1:]
        target = (uniform.to(sums.device)[:, None] * last).minimum(last.nextafter(0 * last))
        tokens = torch.searchsorted(sums, target, right=True).clamp(max=sums.shape[-1] - 1)
        tokens = tokens.to(logprobs.device)
    return tokens[:, 0].cpu(), logprobs.gather(-1, tokens)[:, 0].cpu()


def _append(
    drafts: list[_Draft],
    completion: Tensor,
    tokens: Tensor,
    logprobs: Tensor,
    stop_ids: frozenset[int],
) -> list[int]:
    """Write each row's token into its draft; the rows that go on."""
    going = []
    rows = zip(completion.tolist(), tokens.tolist(), logprobs.tolist(), strict=True)
    for row, (which, token, logprob) in enumerate(rows):
        drafts[which].ids.append(token)
        drafts[which].logprobs.append(logprob)
        if token in stop_ids:
            drafts[which].ended = "stop"
        else:
            going.append(row)
    return going
