"""Predictions from the file that the engine wrote into the database, batch by batch."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from authoring.models import SnapshotItem
from engine.errors import DataError
from engine.records import PredictionRecord
from engine.words import _
from evaluation.models import Evaluation, Prediction
from evaluation.scoring import forget_scores
from training.handlers.clean import clean
from training.lease import Lease

ROWS_AT_ONCE = 200
"""One short transaction each; texts of this many rows are held in memory."""

STORED = (
    *("output", "ended", "error", "error_said", "prompt_text", "prompt_tokens", "output_tokens"),
    "label_logprobs",
)


def ingest(*, evaluation: Evaluation, path: Path, lease: Lease) -> int:
    """Store what an attempt predicted; the number of rows stored.

    No transaction spans the reading, and each write holds the lease, so an attempt that was
    overtaken writes nothing. Reading a file twice changes nothing. What was scored of earlier answers
    goes with the first of them that is replaced: no number stands without its examples. Raises Fenced, and DataError
    where a line isn't a prediction of this split or rows are missing.
    """
    revisions = set(
        SnapshotItem.objects.filter(
            snapshot=evaluation.snapshot_id, split=evaluation.split
        ).values_list("revision_id", flat=True)
    )
    seen: set[int] = set()
    with open(path, encoding="utf-8") as lines:
        rows = _predictions(lines, path.name)
        while batch := list(islice(rows, ROWS_AT_ONCE)):
            _refuse_strangers(batch, revisions)
            with lease.writing():
                forget_scores(evaluation)
                _upsert(evaluation, batch)
            seen |= {row.id for row in batch}
    if missing := revisions - seen:
        raise DataError(
            _(
                "%(file)s has %(seen)s of %(all)s rows; revision %(first)s is the first without an "
                "answer",
                file=path.name,
                seen=len(seen),
                all=len(revisions),
                first=min(missing),
            ),
            _("Ask for the evaluation again; it goes on where this one ended."),
        )
    return len(seen)


def _predictions(lines: Iterator[str], name: str) -> Iterator[PredictionRecord]:
    for number, line in enumerate(lines, start=1):
        try:
            yield PredictionRecord(**json.loads(line))
        except (json.JSONDecodeError, TypeError) as error:
            raise DataError(
                _("%(name)s row %(row)s: %(error)s", name=name, row=number, error=error),
                _("Ask for the evaluation again."),
            ) from error


def _refuse_strangers(batch: list[PredictionRecord], revisions: set[int]) -> None:
    for row in batch:
        if row.id not in revisions:
            raise DataError(
                _("revision %(revision)s is not in this split", revision=row.id),
                _("Ask for the evaluation again."),
            )


def _upsert(evaluation: Evaluation, batch: list[PredictionRecord]) -> None:
    Prediction.objects.bulk_create(
        [
            Prediction(
                evaluation_id=evaluation.pk,
                revision_id=row.id,
                **{name: clean(getattr(row, name)) for name in STORED},
            )
            for row in batch
        ],
        update_conflicts=True,
        unique_fields=["evaluation", "revision"],
        update_fields=list(STORED),
    )
