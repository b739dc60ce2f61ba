"""What a snapshot comes to in tokens, for one model and one set of settings.

Small snapshots are counted while the page waits. Of large ones a sample is, and the light worker
counts the rest; what it found is kept, since a snapshot never changes.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from authoring import announce
from authoring.actions import export
from authoring.models import Snapshot, SnapshotItem, Split
from engine.fitting import Fitted, fit
from engine.formatting import Example
from engine.records import Record
from engine.settings import GRPOSettings, SFTSettings, TrainSettings, settings_for
from engine.work import (
    Answering,
    Passes,
    Training,
    answering,
    grpo_work,
    passes_of,
    reads_of,
    sft_work,
    total,
)
from training.models import BaseModel, Checkpoint, TokenCount
from training.tokenizers import Reader, reader_of

AT_ONCE = 400
"""Rows that are counted while a page waits: about a second."""
SAMPLE = 200
A_MINUTE = timedelta(minutes=1)
"""How long a message may take before it is sent again."""
LONGEST_ANSWER = 64
"""As `engine.validation` has it."""


@dataclass(frozen=True)
class Counts:
    """Everything that is counted of the splits, as plain numbers."""

    exact: bool
    sampled: int
    """Train rows looked at; all of them when exact."""
    kept: int
    left_out: int
    shortened: int
    dropped_turns: int
    dropped_sentences: int
    max_length: int
    prompt_tokens: int
    label_tokens: int
    """Of one pass over the train split."""
    median: int
    p95: int
    longest: int
    longest_response: int
    languages: dict[str, int]
    """Tokens by language."""
    too_long: list[int]
    """Pairs left out, the first ten."""
    cut: list[int]
    """Pairs that lost turns or sentences, the first ten."""
    work: Training
    validation: Passes = field(default_factory=Passes)
    validation_answers: Answering | None = None
    test: Answering | None = None
    """Answers to the test split, as long as those that people wrote."""
    test_longest: int = 0

    def to_json(self) -> dict[str, Any]:
        return json.loads(json.dumps(asdict(self)))

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> "Counts":
        work = dict(raw["work"])
        return cls(
            **{
                **raw,
                "work": Training(
                    **{
                        **work,
                        "passes": Passes(*work["passes"]),
                        "largest": tuple(Passes(*one) for one in work["largest"]),
                        "looked": Passes(*work["looked"]) if work["looked"] else None,
                        "answering": _answering(work["answering"]),
                    }
                ),
                "validation": Passes(*raw["validation"]),
                "validation_answers": _answering(raw["validation_answers"]),
                "test": _answering(raw["test"]),
            }
        )


def counts_of(
    snapshot: Snapshot, base: BaseModel, checkpoint: Checkpoint | None, settings: TrainSettings
) -> Counts | None:
    """Exact, or of a sample while the light worker counts; None without a tokenizer.

    Raises EngineError where the tokenizer can't be read.
    """
    reader = reader_of(base, checkpoint, snapshot)
    if reader is None or not snapshot.rows(Split.TRAIN):
        return None
    if snapshot.rows(Split.TRAIN) + snapshot.rows(Split.TEST) <= AT_ONCE:
        return _count(snapshot, reader, settings)
    asked = {
        "snapshot": snapshot.pk,
        "base_model": base.pk,
        "checkpoint": checkpoint and checkpoint.pk,
        "method": _method(settings),
        "settings": asdict(settings),
    }
    found, new = TokenCount.objects.get_or_create(
        key=_key(snapshot, reader, settings), defaults={"asked": asked}
    )
    if found.values:
        return Counts.from_json(found.values)
    if new or _is_overdue(found):
        told = partial(announce.announce_now, "training.tasks.count_tokens", found.pk)
        transaction.on_commit(told, robust=True)
    return _count(snapshot, reader, settings, SAMPLE)


def _is_overdue(found: TokenCount) -> bool:
    """Whether its message got lost, or the worker with it: whoever asks next sends another, once."""
    overdue = TokenCount.objects.filter(
        pk=found.pk, values__isnull=True, asked_at__lt=Now() - A_MINUTE
    )
    return bool(overdue.update(asked_at=Now()))


def carry_out(count_id: int) -> None:
    """Called by the light worker."""
    count = TokenCount.objects.filter(pk=count_id, values__isnull=True).first()
    if count is None:
        return
    asked = count.asked
    snapshot = Snapshot.objects.filter(pk=asked["snapshot"]).first()
    base = BaseModel.objects.filter(pk=asked["base_model"]).first()
    checkpoint = Checkpoint.objects.filter(pk=asked["checkpoint"]).first()
    reader = reader_of(base, checkpoint, snapshot) if snapshot and base else None
    if snapshot is None or reader is None:
        count.delete()
        return
    settings = settings_for(asked["method"], asked["settings"])
    assert isinstance(settings, TrainSettings)
    TokenCount.objects.filter(pk=count.pk).update(
        values=_count(snapshot, reader, settings).to_json()
    )


def sample_of(snapshot: Snapshot, split: str, most: int = 0) -> list[Record]:
    """At most so many records of a split, evenly spread in its order; all of them for 0."""
    places = list(
        snapshot.items.filter(split=split).order_by("position").values_list("pk", flat=True)
    )
    if most and len(places) > most:
        places = [places[at * len(places) // most] for at in range(most)]
    items = (
        SnapshotItem.objects.filter(pk__in=places)
        .order_by("position")
        .select_related("revision__pair__task")
    )
    return [export.record_of(item.revision) for item in items]


def fitted(reader: Reader, records: Sequence[Record], settings: TrainSettings) -> Fitted:
    return fit(
        reader.formatter,
        records,
        settings.max_length,
        shorten_input=settings.truncate_input == "sentences",
        context=reader.context,
    )


def _count(snapshot: Snapshot, reader: Reader, settings: TrainSettings, most: int = 0) -> Counts:
    records = sample_of(snapshot, Split.TRAIN, most)
    came = fitted(reader, records, settings)
    scale = snapshot.rows(Split.TRAIN) / len(records)
    kept = came.examples or [Example([0, 0], 1, 0, 0)]
    lengths = sorted(len(one.ids) for one in kept)
    responses = [len(one.ids) - one.prompt_length for one in kept]
    languages: Counter[str] = Counter()
    by_id = {one.id: one for one in records}
    for one in came.examples:
        languages[by_id[one.record].language] += len(one.ids)
    cut = [one for one in came.examples if one.dropped_turns or one.dropped_sentences]
    looks, looked_answers = _validation(snapshot, reader, settings)
    test, test_longest = _test(snapshot, reader, settings, most)
    return Counts(
        exact=scale == 1,
        sampled=len(records),
        kept=round(len(came.examples) * scale),
        left_out=round(len(came.left_out) * scale),
        shortened=round(came.shortened * scale),
        dropped_turns=round(sum(one.dropped_turns for one in came.examples) * scale),
        dropped_sentences=round(sum(one.dropped_sentences for one in came.examples) * scale),
        max_length=came.max_length,
        prompt_tokens=round(sum(one.prompt_length for one in came.examples) * scale),
        label_tokens=round(sum(responses) * scale) if came.examples else 0,
        median=lengths[len(lengths) // 2],
        p95=lengths[min(len(lengths) - 1, int(len(lengths) * 0.95))],
        longest=lengths[-1],
        longest_response=max(responses),
        languages={name: round(many * scale) for name, many in languages.most_common()},
        too_long=[one.record.pair for one in came.left_out[:10]],
        cut=[by_id[one.record].pair for one in cut[:10]],
        work=_work(kept, settings, scale, reads_of(reader.architecture, settings)),
        validation=looks,
        validation_answers=looked_answers,
        test=test,
        test_longest=test_longest,
    )


def _work(examples: list[Example], settings: TrainSettings, scale: float, reads: str) -> Training:
    """Of a sample, the work of the whole: a sample is repeated until it is as large."""
    if isinstance(settings, GRPOSettings):
        return grpo_work(examples, settings, reads)
    assert isinstance(settings, SFTSettings)
    if scale == 1:
        return sft_work(examples, settings, reads)
    size = round(len(examples) * scale)
    return sft_work([examples[at % len(examples)] for at in range(size)], settings, reads)


def _validation(
    snapshot: Snapshot, reader: Reader, settings: TrainSettings
) -> tuple[Passes, Answering | None]:
    """One look at the loss, and one set of answers, on as many rows as the run will take."""
    rows = min(settings.validation_rows, snapshot.rows(Split.VALIDATION))
    if not rows:
        return Passes(), None
    examples = fitted(reader, sample_of(snapshot, Split.VALIDATION, rows), settings).examples
    if not examples:
        return Passes(), None
    reads = reads_of(reader.architecture, settings)
    looks = total(passes_of(examples, settings.tokens_at_once, reads))
    prompts = [one.ids[: one.prompt_length] for one in examples]
    lengths = [len(one.ids) - one.prompt_length for one in examples]
    return looks, answering(prompts, lengths, min(LONGEST_ANSWER, max(lengths)), reads=reads)


def _test(
    snapshot: Snapshot, reader: Reader, settings: TrainSettings, most: int
) -> tuple[Answering | None, int]:
    rows = snapshot.rows(Split.TEST)
    if not rows:
        return None, 0
    examples = fitted(reader, sample_of(snapshot, Split.TEST, most), settings).examples
    if not examples:
        return None, 0
    times = max(1, round(rows / len(examples)))
    lengths = [len(one.ids) - one.prompt_length for one in examples] * times
    prompts = [one.ids[: one.prompt_length] for one in examples] * times
    said = answering(prompts, lengths, max(lengths), reads=reader.architecture)
    return said, max(lengths)


def _key(snapshot: Snapshot, reader: Reader, settings: TrainSettings) -> str:
    text = json.dumps(
        [
            snapshot.pk,
            snapshot.content_hash,
            reader.fingerprint,
            _method(settings),
            asdict(settings),
        ]
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _method(settings: TrainSettings) -> str:
    return "grpo" if isinstance(settings, GRPOSettings) else "sft"


def _answering(raw: dict[str, Any] | None) -> Answering | None:
    return Answering(**{**raw, "prefill": Passes(*raw["prefill"])}) if raw else None
