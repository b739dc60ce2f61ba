"""`python -m engine predict`: one split's prompts through one model, outputs to predictions.jsonl.

A killed job loses at most the batch it was in: outputs are written batch by batch, and the next
attempt takes over the whole lines of earlier ones before it goes on. That is sound because an
output depends on weights, prompt, settings and record id alone (see `engine.generation`).
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.clock import Clock
from engine.dataset import read_split
from engine.decoding import Decoding
from engine.errors import SpecError
from engine.events import EXIT_FINISHED
from engine.formatting import Prompt
from engine.hardware import use_threads
from engine.job import Job
from engine.leaving import LEAVING, leave
from engine.models import Loaded, load_for_prediction
from engine.records import PredictionRecord, Record
from engine.settings import PredictSettings
from engine.words import _


def run(job: Job) -> int:
    """Predict the one split of the spec; returns the process's exit code.

    Says progress in rows; pauses and stops between batches. Raises SpecError unless the spec has
    exactly one split, DataError for a row that can't be read, ModelError for weights that can't.
    """
    settings = job.settings(PredictSettings)
    if len(job.spec.data) != 1:
        raise SpecError(
            {"data": _("predict takes one split, not %(count)s", count=len(job.spec.data))}
        )
    [split] = job.spec.data
    records = read_split(job, split)
    job.events.say("state", state="loading")
    use_threads(settings.threads)
    loaded = load_for_prediction(job.spec.model, settings)

    done = take_over(job)
    waiting = [record for record in records if record.id not in done]
    rows = len(records) - len(waiting)
    job.events.say("state", state="running", total_steps=len(records))
    clock = Clock(rows, len(records))
    with open(job.attempt.predictions, "a", encoding="utf-8") as file:
        for predictions in answer(loaded, waiting, settings):
            file.writelines(one.to_json() + "\n" for one in predictions)
            file.flush()
            os.fsync(file.fileno())
            rows += len(predictions)
            if clock.due(rows):
                job.events.say("progress", **clock.progress())
            want = job.requests.want()
            if want in LEAVING and rows < len(records):
                return leave(job, want)
    job.events.say("state", state="finished")
    return EXIT_FINISHED


def take_over(job: Job) -> set[int]:
    """Ids already predicted, by this attempt or earlier ones; this attempt's file then has them.

    The file is written anew from whole lines, so half a line that a kill left behind is gone.
    """
    lines: dict[int, str] = {}
    for fence in range(1, job.attempt.fence + 1):
        for line in _whole_lines(job.run.attempt(fence).predictions):
            lines.setdefault(json.loads(line)["id"], line)
    temporary = job.attempt.predictions.with_suffix(".tmp")
    temporary.write_text("".join(lines.values()), encoding="utf-8")
    temporary.replace(job.attempt.predictions)
    return set(lines)


def _whole_lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    whole = path.read_bytes().rpartition(b"\n")[0]
    return [line.decode("utf-8") + "\n" for line in whole.split(b"\n") if line]


def answer(
    loaded: Loaded, records: Sequence[Record], settings: PredictSettings
) -> Iterator[list[PredictionRecord]]:
    """Predictions of the records, a batch at a time.

    A prompt that leaves no room in the model's context loses its oldest turns; one whose last
    turn alone is too long ends in error and is answered first, with nothing.
    """
    room = loaded.family.room(loaded.transformer, settings.max_new_tokens)
    prompts = [loaded.formatter.prompt(record, room) for record in records]
    fits = [i for i, prompt in enumerate(prompts) if room is None or len(prompt.ids) <= room]
    refused = sorted(set(range(len(records))) - set(fits))
    if refused:
        left = max(room or 0, 0)
        yield [_too_long(records[i].id, prompts[i], settings.max_new_tokens, left) for i in refused]
    how = Decoding(
        max_new_tokens=settings.max_new_tokens,
        temperature=settings.temperature,
        seed=settings.seed,
        tokens_per_batch=settings.tokens_per_batch,
    )
    ids = [prompts[i].ids for i in fits]
    keys = [records[i].id for i in fits]
    for batch in loaded.answer_batches(ids, how, keys):
        predictions = []
        for index, [completion] in zip(batch.indices, batch.completions, strict=True):
            at = fits[index]
            predictions.append(
                PredictionRecord(
                    id=records[at].id,
                    output=loaded.formatter.decode(completion.ids),
                    ended=completion.ended,
                    prompt_tokens=len(prompts[at].ids),
                    output_tokens=len(completion.ids),
                    prompt_text=prompts[at].text,
                    label_logprobs=_rounded(completion.by_label),
                )
            )
        yield predictions


def _too_long(id: int, prompt: Prompt, to_come: int, room: int) -> PredictionRecord:
    why = _(
        "the prompt has %(tokens)s tokens; the model's context and the %(to_come)s to come leave room "
        "for %(room)s",
        tokens=len(prompt.ids),
        to_come=to_come,
        room=room,
    )
    return PredictionRecord(
        id=id,
        output="",
        ended="error",
        prompt_tokens=len(prompt.ids),
        output_tokens=0,
        prompt_text=prompt.text,
        error=why,
        error_said=why.parts(),
    )


def _rounded(by_label: dict[str, float] | None) -> dict[str, float] | None:
    """To a millionth of each probability; None where weights that diverged give no numbers."""
    if by_label is None or not all(map(math.isfinite, by_label.values())):
        return None
    return {label: round(value, 6) for label, value in by_label.items()}
