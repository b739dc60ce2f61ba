"""A byte-level BPE tokenizer learnt from the train split, for models from nothing. Light: no torch."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from engine.records import Record

START, STOP, PAD = "<|im_start|>", "<|im_end|>", "<|pad|>"
CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def train_tokenizer(records: Iterable[Record], vocabulary: int, folder: Path) -> None:
    """Write a byte-level BPE tokenizer of `records` with a ChatML template into `folder`."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        special_tokens=[
            AddedToken(one, special=True, normalized=False) for one in (START, STOP, PAD)
        ],
    )
    tokenizer.train_from_iterator(_texts(records), trainer)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "chat_template.jinja").write_text(CHATML, encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "eos_token": STOP,
                "pad_token": PAD,
                "additional_special_tokens": [START],
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
