"""Formatting for models that read with an encoder: texts as they are, without a chat's trappings.

    encoder–decoder      ids  = [prompt, with the tokenizer's own special tokens] [response, stop token]
                                <------------- the encoder reads -------------->  <----- loss ------>
    encoder classifier   ids  = [prompt, with the tokenizer's own special tokens] [class]
                                <------------- the encoder reads -------------->  <loss >

The last id of a classifier's example is no token but the number of its label: a classifier's
vocabulary are its labels. Light: no torch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

from engine.chat_template import of_pair
from engine.errors import DataError
from engine.formatting import Example, Formatter, Prompt
from engine.metrics.labels import parse_label
from engine.model_files import read_json
from engine.records import Message, Record, TaskInfo
from engine.shortening import Shorter
from engine.words import _

READING_TEMPLATE = (
    "{% for message in messages %}{% if not loop.first %}{{ '\n' }}{% endif %}"
    "{% if messages | length > 2 %}{{ message['role'] }}: {% endif %}{{ message['content'] }}"
    "{% endfor %}"
)
"""An instruction alone is read as it stands, a system message above it; turns name their speaker."""

LANGUAGE = re.compile(r"_{0,2}[a-z]{2,3}(_[A-Za-z]{2,4})?(__)?")
"""How translators' tokenizers write a language: eng_Latn (NLLB), en_XX (mBART), __en__ (M2M100)."""


class SourceFormatter(Formatter):
    """For an encoder that reads the prompt and a decoder that says the response."""

    plain_template = READING_TEMPLATE
    first_is_forced = False
    """Whether the model begins every answer with a token of its own choosing, such as the language to
    translate into: then what the tokenizer puts before a text is no part of an answer."""

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        made = super().from_folder(folder)
        said = read_json(folder / "generation_config.json") or read_json(folder / "config.json")
        made.first_is_forced = isinstance(said.get("forced_bos_token_id"), int)
        return made

    @property
    def whole_template(self) -> str:
        """A text's special tokens are the tokenizer's business everywhere."""
        return self.template.source

    @property
    def language_of_answers(self) -> str:
        """The token of a language that answers begin with because texts do: the questions' own, where a
        translator is not told into which to translate. Empty for all others."""
        head = self.tokens(self._wrap[0])
        return head[0] if head and not self.first_is_forced and LANGUAGE.fullmatch(head[0]) else ""

    def _encode_prompt(self, messages: list[Message]) -> Prompt:
        text = self.template.render(messages, add_generation_prompt=True)
        return Prompt(text, self._ids(text, special=True))

    def _encode_pair(self, messages: list[Message], response: str) -> tuple[list[int], int]:
        prompt = self._encode_prompt(messages).ids
        return prompt + self._answer(response), len(prompt)

    def _answer(self, response: str) -> list[int]:
        """As the tokenizer wraps a text, but for a first token that is forced, and up to the stop token:
        mBART's tokenizer puts a language behind that."""
        head, tail = self._wrap
        stop = next((at for at, one in enumerate(tail) if one in self.stop_ids), None)
        end = self._ids(self.eos) if stop is None else tail[: stop + 1]
        return [*([] if self.first_is_forced else head), *self._ids(response), *end]

    def positions(self, example: Example) -> int:
        """Encoder and decoder have as many each; what the decoder reads first takes one of its own where
        that is forced."""
        said = len(example.ids) - example.prompt_length
        return max(example.prompt_length, said + self.first_is_forced)

    def longest(self, context: int) -> int:
        return 2 * context

    @cached_property
    def _wrap(self) -> tuple[list[int], list[int]]:
        """The special tokens that the tokenizer puts before a text, and those behind it."""
        wrapped = self.tokenizer.encode("a", add_special_tokens=True)
        own = [at for at, added in enumerate(wrapped.special_tokens_mask) if not added]
        return wrapped.ids[: own[0]], wrapped.ids[own[-1] + 1 :]


class ClassFormatter(SourceFormatter):
    """For an encoder with a head that picks one of `labels`; none are needed to look at a prompt."""

    needs_stop = False
    labels: Sequence[str] = ()

    def for_labels(self, labels: Sequence[str]) -> ClassFormatter:
        """For a model with these classes."""
        self.labels = list(labels)
        return self

    def _whole(self, shorter: Shorter) -> Example:
        """Raises DataError when the response is none of the labels.

        Where nobody has said which labels there are, it is the prompt alone.
        """
        record, *dropped = shorter
        with of_pair(record.pair):
            prompt = self._encode_prompt(record.prompt()).ids
        if not self.labels:
            return Example(prompt, len(prompt), record.id, *dropped)
        label = parse_label(record.response, self.labels)
        if label is None:
            raise DataError(
                _(
                    "pair %(pair)s answers %(response)s, which is none of the labels %(labels)s",
                    pair=record.pair,
                    response=repr(record.response[:80]),
                    labels=", ".join(self.labels),
                ),
                _("Correct the pair, or add the label to its task, and freeze the snapshot again."),
            )
        ids = [*prompt, self.labels.index(label)]
        return Example(ids, len(prompt), record.id, *dropped)

    def positions(self, example: Example) -> int:
        """A class takes none."""
        return example.prompt_length

    def longest(self, context: int) -> int:
        return context + 1

    def visible(self, example: Example) -> Example:
        """The prompt alone: a classifier says no tokens that could be trained."""
        return example._replace(ids=example.ids[: example.prompt_length])

    def decode(self, ids: list[int]) -> str:
        """The label that a class stands for."""
        return self.labels[ids[0]] if ids else ""


FORMATTERS: dict[str, type[Formatter]] = {
    "decoder": Formatter,
    "lstm": Formatter,
    "encoder_decoder": SourceFormatter,
    "encoder_classifier": ClassFormatter,
}
"""By `ModelRef.architecture`."""


def label_space(records: Iterable[Record], tasks: Mapping[str, TaskInfo]) -> list[str]:
    """The labels of the classification tasks that records belong to: the classes of a head.

    One class a label, in the order of the tasks; a label that two tasks share is one class. Raises
    DataError when there is a record of another kind of task.
    """
    used = {record.task for record in records}
    for slug in sorted(used):
        if tasks[slug].kind != "classification":
            raise DataError(
                _(
                    "task %(slug)s is of kind %(kind)s, and a classifier only picks labels",
                    slug=slug,
                    kind=tasks[slug].kind,
                ),
                _(
                    "Freeze a snapshot of classification tasks alone, or train a model that writes: "
                    "a decoder, an encoder–decoder or an LSTM."
                ),
            )
    return list(
        dict.fromkeys(one for slug, task in tasks.items() if slug in used for one in task.labels)
    )
