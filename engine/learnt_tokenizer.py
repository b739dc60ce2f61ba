"""A byte-level BPE tokenizer learnt from the train split, for models from nothing. Light: no torch."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from engine.reading import READING_TEMPLATE
from engine.records import Record

START, STOP, PAD = "<|im_start|>", "<|im_end|>", "<|pad|>"
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
TURNS = (
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ '<|im_end|>' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
"""One token between a question and its answer, where ChatML has five: what stands behind a question can't
be shared with the next pair."""
SHORT = (
    "{% for message in messages %}{% if message['role'] == 'assistant' %}"
    "{{ '<|im_start|>' + message['content'] + '<|im_end|>' }}"
    "{% else %}{{ message['content'] + '\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>' }}{% endif %}"
)
"""For a recurrent memory: it learnt questions by heart sooner where nothing stands before them."""
EDITION = 2
"""Rises when the same records come to another tokenizer or template than before."""


class Layout(NamedTuple):
    """How the tokens of a record are laid out."""

    template: str
    """The chat template."""
    wrap: str = ""
    """Between which special tokens an encoder reads a text, which is `$A`."""
    marks: tuple[str, ...] = (START,)
    """Special tokens of its own, beside those that end and pad."""


LAYOUTS = {
    "decoder": Layout(TURNS, marks=ROLES),
    "lstm": Layout(SHORT),
    "encoder_decoder": Layout(READING_TEMPLATE, f"$A {STOP}"),
    "encoder_classifier": Layout(READING_TEMPLATE, f"{START} $A {STOP}"),
}
"""By `ModelRef.architecture`."""


def train_tokenizer(
    records: Iterable[Record], vocabulary: int, folder: Path, architecture: str = "decoder"
) -> None:
    """Write a byte-level BPE tokenizer of `records` into `folder`, with the architecture's layout."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors
    from tokenizers.trainers import BpeTrainer

    layout = LAYOUTS[architecture]

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = BpeTrainer(
        vocab_size=vocabulary,
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        special_tokens=[
            AddedToken(one, special=True, normalized=False) for one in (*layout.marks, STOP, PAD)
        ],
    )
    tokenizer.train_from_iterator(_texts(records), trainer)
    if layout.wrap:
        special = [(one, tokenizer.token_to_id(one)) for one in (START, STOP)]
        tokenizer.post_processor = processors.TemplateProcessing(
            single=layout.wrap, special_tokens=special
        )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "chat_template.jinja").write_text(layout.template, encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "eos_token": STOP,
                "pad_token": PAD,
                **({"cls_token": START, "sep_token": STOP} if layout.wrap else {}),
                "additional_special_tokens": list(layout.marks),
                "clean_up_tokenization_spaces": False,
            },
            indent=2,
        ),
        encoding="utf-8",
    )


def _texts(records: Iterable[Record]) -> Iterable[str]:
    for record in records:
        yield from (message["content"] for message in record.prompt())
        yield record.response
    yield "system\nuser\nassistant\n"
