"""What each architecture can be asked to do, and which one a model's folder holds. Light: no torch.

The families themselves, which run the models, are in `engine.families`; the studio asks here what
fits together before anything is launched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from engine.words import Words, _


class Architecture(NamedTuple):
    """What fits a family of models."""

    called: Words
    """In a sentence, with its article."""
    methods: tuple[str, ...] = ("sft", "grpo")
    """Training methods, as `engine.settings.SETTINGS` names them."""
    tunings: tuple[str, ...] = ("lora", "dora", "qlora", "full")
    """Values of the setting `tuning`."""
    kinds: tuple[str, ...] = ()
    """Kinds of task; empty for every kind."""
    forms: tuple[str, ...] = ("adapter", "merged")
    """Values of the setting `form`: as what a checkpoint can leave."""
    endings: tuple[str, ...] = ()
    """What the names that transformers gives such models contain."""
    forecasts: bool = False
    """Whether an answer comes with the probability of every label."""
    types: tuple[str, ...] = ()
    """Values of `model_type` that tell it where the name doesn't."""


ENCODERS = (
    *("albert", "bert", "camembert", "deberta", "deberta-v2", "distilbert", "electra", "ernie"),
    *("mpnet", "modernbert", "roberta", "roberta-prelayernorm", "xlm-roberta", "xlm-roberta-xl"),
)
"""Model types that are known to be encoders alone."""

ARCHITECTURES = {
    "decoder": Architecture(
        _("a decoder"),
        forms=("adapter", "merged", "gguf"),
        endings=("ForCausalLM", "LMHeadModel"),
    ),
    "lstm": Architecture(
        _("an LSTM"), tunings=("full",), forms=("merged",), types=("instructstudio_lstm",)
    ),
    "encoder_decoder": Architecture(
        _("an encoder–decoder"),
        tunings=("lora", "dora", "full"),
        endings=("Seq2SeqLM",),
        types=(
            *("bart", "byt5", "led", "longt5", "m2m_100", "marian", "mbart", "mt5", "pegasus"),
            *("t5", "umt5"),
        ),
    ),
    "encoder_classifier": Architecture(
        _("an encoder classifier"),
        methods=("sft",),
        tunings=("lora", "dora", "full"),
        kinds=("classification",),
        forecasts=True,
        endings=("ForSequenceClassification", "ForMaskedLM", "ForPreTraining"),
        types=ENCODERS,
    ),
}
"""By the name that `engine.spec.ModelRef.architecture` has for it."""


def architecture_of(config: Mapping[str, Any]) -> str | None:
    """The architecture that a config.json describes; None when it can't be told from it.

    What the folder holds counts before what its type could be: a BertLMHeadModel is a decoder.
    """
    kind = config.get("model_type")
    named = " ".join(config.get("architectures") or [])
    if kind in ARCHITECTURES["lstm"].types:
        return "lstm"
    by_name = (
        name for name, one in ARCHITECTURES.items() if any(end in named for end in one.endings)
    )
    by_type = (name for name, one in ARCHITECTURES.items() if kind in one.types)
    both = "encoder_decoder" if config.get("is_encoder_decoder") else None
    return both or next(by_name, None) or next(by_type, None)


SHIFTED = ("camembert", "longformer", "mpnet")
"""Model types that number positions as RoBERTa does: from behind the padding token's number."""


def context_of(config: Mapping[str, Any], architecture: str) -> int | None:
    """How many positions a config.json gives a model: what it reads at once, and an encoder–decoder's
    decoder says. None where there is no limit, or it isn't told."""
    positions = config.get("max_position_embeddings")
    if positions is None and architecture == "decoder":
        positions = config.get("n_positions")  # GPT-2's and its kin's; T5's means nothing
    kind = config.get("model_type") or ""
    if positions and ("roberta" in kind or kind in SHIFTED):
        padding = config.get("pad_token_id")
        positions -= 1 + (1 if padding is None else padding)
    return int(positions) if positions else None


def has_head(config: Mapping[str, Any]) -> bool:
    """Whether an encoder's folder can pick labels as it is."""
    return any("ForSequenceClassification" in one for one in config.get("architectures") or [])


class Misfit(NamedTuple):
    field: str
    """method, tuning or snapshot."""
    why: Words
    remedy: Words


def misfit(
    architecture: str, *, method: str = "", tuning: str = "", kinds: Iterable[str] = ()
) -> Misfit | None:
    """What of these an architecture can't do: which setting, why, and what to do; None if nothing.

    `kinds` are those of the tasks that it would read.
    """
    one = ARCHITECTURES[architecture]
    if method and method not in one.methods:
        return Misfit(
            "method",
            _(
                "%(model)s picks a label and writes nothing that could be rewarded",
                model=one.called,
            ),
            _("Train it by one of: %(methods)s.", methods=", ".join(one.methods)),
        )
    if tuning and tuning not in one.tunings:
        return Misfit(
            "tuning",
            _("%(model)s can't be trained by %(tuning)s", model=one.called, tuning=tuning),
            _("Choose one of: %(tunings)s.", tunings=", ".join(one.tunings)),
        )
    if one.kinds and (others := sorted(set(kinds) - set(one.kinds))):
        return Misfit(
            "snapshot",
            _(
                "%(model)s only picks labels, and there are tasks of kind %(kinds)s",
                model=one.called,
                kinds=", ".join(others),
            ),
            _(
                "Freeze a snapshot of classification tasks alone, or train a model that writes: "
                "a decoder, an encoder–decoder or an LSTM."
            ),
        )
    return None
