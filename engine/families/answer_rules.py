"""How an encoder–decoder's answers begin, and what they may never hold, as its folder says.

    decoder_start_token_id    what the decoder reads first
    forced_bos_token_id       what every answer begins with: BART's <s>, a translator's target language
    bad_words_ids             what no answer may hold: Marian's padding token

The first two are read before an answer and are no part of it: nothing is learnt from them, and a
tokenizer's own first tokens are left out of what is (`engine.reading.SourceFormatter`). transformers
reads all three from generation_config.json, from config.json where there is none, and so do we.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from engine.decoding import Ids

NEVER = -1e4
"""The logit of what may not be said: no probability at all, and a number in every format, so that
nothing times it is nothing."""


class AnswerRules(NamedTuple):
    start: Ids
    """What the decoder reads before an answer: one token, or two where the first is forced."""
    never: tuple[tuple[int, ...], ...] = ()
    """Tokens, and sequences of tokens, that no answer holds."""

    @property
    def memory(self) -> int:
        """How many tokens back it matters what was said."""
        return max(map(len, self.never), default=1) - 1


def rules_of(model: PreTrainedModel) -> AnswerRules:
    """Those of a model whose decoder has a token to start with."""
    given: Any = model.generation_config
    start, forced = decoder_start(model), given.forced_bos_token_id
    ends = given.eos_token_id if isinstance(given.eos_token_id, list) else [given.eos_token_id]
    never = (tuple(one) for one in given.bad_words_ids or ())
    return AnswerRules(
        start=[start, forced] if isinstance(forced, int) else [start],
        never=tuple(one for one in never if one not in {(end,) for end in ends}),
    )


def decoder_start(model: PreTrainedModel) -> Any:
    """The token that a decoder starts with; None where its folder doesn't say."""
    start = getattr(model.generation_config, "decoder_start_token_id", None)
    return getattr(model.config, "decoder_start_token_id", None) if start is None else start


def forbid(logits: Tensor, said: Tensor, rules: AnswerRules) -> Tensor:
    """Logits [N, vocabulary] without what may not be said next.

    `said` [N, any]: what the decoder read before each, its start included, up to `rules.memory` of
    it at least where there was so much.
    """
    if not rules.never:
        return logits
    mask = torch.zeros_like(logits, dtype=torch.bool)
    for *before, last in rules.never:
        if len(before) <= said.shape[1]:
            tail = said[:, said.shape[1] - len(before) :]
            mask[:, last] |= (tail == torch.tensor(before, device=said.device)).all(dim=1)
    return logits.masked_fill(mask, NEVER)


def said_before(answers: Sequence[Ids], rules: AnswerRules) -> Tensor:
    """Of each token of some answers, one after the other: the `rules.memory` tokens before it,
    -1 where there were fewer."""
    far, start = rules.memory, len(rules.start)
    rows = []
    for answer in answers:
        read = [*[-1] * far, *rules.start, *answer]
        rows += [read[at : at + far] for at in range(start, start + len(answer))]
    return torch.tensor(rows, dtype=torch.long).view(len(rows), far)
