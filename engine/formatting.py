"""From a record to token ids and a loss mask, with the model's own chat template. Light: no torch.

One piece of code serves training, prediction and the editor's token view, so what a person is
shown is what a model is trained on. It needs only `tokenizers` and sandboxed Jinja: a chat
template is code that came with a model (CVE-2024-34359). A test holds it equal to
`transformers`' `apply_chat_template`.

    [one BOS, where the tokenizer uses one] system, turns, assistant header | response, stop token
    <----------------------- prompt: no loss ------------------------------> <------ loss ------->
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Self

from tokenizers import Tokenizer

from engine.chat_template import ChatTemplate, of_pair
from engine.errors import DataError, ModelError
from engine.model_files import special_tokens, stops, template_source
from engine.records import Message, Record
from engine.shortening import Shorter, with_most_sentences, without_oldest_turns
from engine.words import _

PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant: {% endif %}"
)
"""For base models that were never taught a chat: role names in plain text."""


class Prompt(NamedTuple):
    """What a model reads before it answers."""

    text: str
    """The exact text, special tokens included."""
    ids: list[int]


class Example(NamedTuple):
    """A training example. The loss is on `ids[prompt_length:]`, which ends in the stop token."""

    ids: list[int]
    prompt_length: int
    record: int
    """`Record.id`."""
    dropped_turns: int
    """Oldest turns that were left out to fit the maximum length."""
    dropped_sentences: int = 0
    """Sentences that were left out of the middle of the input to fit it."""

    @property
    def loss_mask(self) -> list[bool]:
        return [position >= self.prompt_length for position in range(len(self.ids))]


class Formatter:
    """Formats with the tokenizer and chat template of one model folder."""

    plain_template = PLAIN_TEMPLATE
    """For a folder without a chat template."""
    needs_stop = True
    """Whether the model writes, and so has to know how an answer ends."""
    rows: int | None = None
    """How many tokens the model knows; None where only its tokenizer is at hand."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        template: ChatTemplate,
        *,
        bos: str,
        eos: str,
        stop_ids: list[int],
    ) -> None:
        self.tokenizer = tokenizer
        self.template = template
        self.bos = bos
        self.eos = eos
        self.stop_ids = frozenset(stop_ids)
        """Ids that end an answer."""

    @classmethod
    def from_folder(cls, folder: Path) -> Self:
        """Read tokenizer.json, the chat template and the stop tokens of a model folder.

        Raises ModelError when there is no tokenizer.json or no end-of-sequence token.
        """
        if not (folder / "tokenizer.json").is_file():
            raise ModelError(
                _("%(name)s has no tokenizer.json", name=folder.name),
                _(
                    "Open the tokenizer once with transformers and save it into the folder: "
                    "AutoTokenizer.from_pretrained(folder).save_pretrained(folder). Where that writes none "
                    "(Marian, M2M100), choose another model: such tokenizers are not read here."
                ),
            )
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        special = special_tokens(folder, tokenizer)
        eos = special.get("eos_token", "")
        named = (*stops(folder), tokenizer.token_to_id(eos))
        stop_ids = {one for one in named if one is not None}
        if cls.needs_stop and not (stop_ids and eos):
            raise ModelError(
                _("%(name)s names no end-of-sequence token", name=folder.name),
                _("Set eos_token in its tokenizer_config.json."),
            )
        template = ChatTemplate(template_source(folder, cls.plain_template), special)
        return cls(
            tokenizer,
            template,
            bos=special.get("bos_token", ""),
            eos=eos,
            stop_ids=sorted(stop_ids),
        )

    def example(
        self,
        record: Record,
        max_length: int,
        *,
        shorten_input: bool = False,
        context: int | None = None,
    ) -> Example:
        """Prompt and response as ids, oldest turns dropped until they fit `max_length` tokens and the
        model's `context`, where it has one.

        With `shorten_input`, what still doesn't fit loses whole sentences from the middle of its
        input, as few as it takes. Raises DataError when nothing helps: half an answer is never
        trained on.
        """

        for shorter in without_oldest_turns(record):
            example = self._whole(shorter)
            if self.fits(example, max_length, context):
                return example
        if shorten_input:
            found = with_most_sentences(
                shorter,
                lambda one: self.fits(self._whole(Shorter(one)), max_length, context),
            )
            if found is not None:
                return self._whole(found)
        needed = len(example.ids)
        if needed <= max_length and context is not None:
            needed, max_length = self.positions(example), context
        raise DataError(
            _(
                "pair %(pair)s needs %(needed)s tokens, more than the maximum of %(max_length)s",
                pair=record.pair,
                needed=needed,
                max_length=max_length,
            ),
            _("Raise max_length, or shorten the pair."),
        )

    def shortest(self, record: Record) -> int:
        """Tokens of the last turn and the response alone: what no dropped turn makes shorter."""
        return len(self._whole(without_oldest_turns(record)[-1]).ids)

    def _whole(self, shorter: Shorter) -> Example:
        record, *dropped = shorter
        with of_pair(record.pair):
            ids, prompt_length = self._encode_pair(record.prompt(), record.response)
        return Example(ids, prompt_length, record.id, *dropped)

    def positions(self, example: Example) -> int:
        """How many of a model's positions an example takes: what `context` counts."""
        return len(example.ids)

    def longest(self, context: int) -> int:
        """Tokens of the longest example that so many positions hold."""
        return context

    def fits(self, example: Example, max_length: int, context: int | None = None) -> bool:
        """Whether an example is within `max_length` tokens and, where it is known, the model's context."""
        readable = context is None or self.positions(example) <= context
        return readable and len(example.ids) <= max_length

    def prompt(
        self, record: Record, max_length: int | None = None, *, shorten_input: bool = False
    ) -> Prompt:
        """The prompt as text and ids, oldest turns dropped to fit `max_length` tokens, if given; then,
        with `shorten_input`, whole sentences as in `example`.

        What is longer even so is returned whole: the caller decides.
        """

        def fits(prompt: Prompt) -> bool:
            return max_length is None or len(prompt.ids) <= max_length

        for shorter in without_oldest_turns(record):
            with of_pair(record.pair):
                prompt = self._encode_prompt(shorter.record.prompt())
            if fits(prompt):
                return prompt
        if shorten_input:
            found = with_most_sentences(
                shorter, lambda one: fits(self._encode_prompt(one.prompt()))
            )
            if found is not None:
                return self._encode_prompt(found.record.prompt())
        return prompt

    def visible(self, example: Example) -> Example:
        """What of an example a token view can show as tokens."""
        return example

    def decode(self, ids: list[int]) -> str:
        """Text of generated ids; special tokens, the stop token among them, are left out."""
        return self.tokenizer.decode(ids, skip_special_tokens=True)

    def tokens(self, ids: list[int]) -> list[str]:
        """Each id's own text, for a token view."""
        return [self.tokenizer.decode([one], skip_special_tokens=False) for one in ids]

    def _encode_pair(self, messages: list[Message], response: str) -> tuple[list[int], int]:
        prompt = self._encode_prompt(messages)
        answer = self._answer_text(messages, response)
        ids = self._ids(prompt.text + answer)
        if ids[: len(prompt.ids)] != prompt.ids:
            # A tokenizer that merges across the border: the model will be prompted with
            # `prompt.ids`, so the answer has to follow exactly those.
            ids = prompt.ids + self._ids(answer)
        return ids, len(prompt.ids)

    def _encode_prompt(self, messages: list[Message]) -> Prompt:
        text = self.template.render(messages, add_generation_prompt=True)
        if self._adds_bos and not text.startswith(self.bos):
            text = self.bos + text
        return Prompt(text, self._ids(text))

    def _answer_text(self, messages: list[Message], response: str) -> str:
        """The response as the template renders it, up to and with its stop token."""
        prompt = self.template.render(messages, add_generation_prompt=True)
        answered = [*messages, {"role": "assistant", "content": response}]
        whole = self.template.render(answered, add_generation_prompt=False)
        answer = whole[len(prompt) :] if whole.startswith(prompt) else response
        for stop in self._stop_texts:
            text, found, _rest = answer.rpartition(stop)
            if found and text.rstrip().endswith(response.rstrip()):
                return text + stop
        return response + self.eos

    def _ids(self, text: str, *, special: bool = False) -> list[int]:
        """`special`: with the tokens that the tokenizer puts around a text. Raises ModelError."""
        ids = self.tokenizer.encode(text, add_special_tokens=special).ids
        if self.rows is not None and max(ids, default=0) >= self.rows:
            raise _unknown(self.tokenizer, max(ids), self.rows)
        return ids

    @cached_property
    def whole_template(self) -> str:
        """The chat template, with the BOS that is put before it here: other programs put none."""
        said = self.template.render([{"role": "user", "content": "a"}], add_generation_prompt=True)
        lacks = self._adds_bos and not said.startswith(self.bos)
        return ("{{ bos_token }}" if lacks else "") + self.template.source

    @cached_property
    def _adds_bos(self) -> bool:
        """Whether the tokenizer itself puts a BOS in front of a text."""
        return bool(self.bos) and self.tokenizer.encode("a").tokens[:1] == [self.bos]

    @cached_property
    def _stop_texts(self) -> list[str]:
        texts = (self.tokenizer.id_to_token(one) for one in sorted(self.stop_ids))
        return [self.eos, *(text for text in texts if text and text != self.eos)]


def _unknown(tokenizer: Tokenizer, id: int, rows: int) -> ModelError:
    """Of a folder whose tokenizer learnt tokens, of a chat most often, that its weights never did."""
    return ModelError(
        _(
            "the tokenizer writes %(token)s as number %(id)s, and the model knows %(rows)s tokens",
            token=repr(tokenizer.id_to_token(id)),
            id=id,
            rows=rows,
        ),
        _(
            "Bring the tokenizer that the model was trained with; or give the model room for its "
            "tokens with transformers (resize_token_embeddings) and save it again."
        ),
    )
