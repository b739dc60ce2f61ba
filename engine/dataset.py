"""The splits of a run directory as examples; what can't be used is left out and said. Light."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import DataError
from engine.formatting import Example, Formatter
from engine.job import Job
from engine.records import Record, read_records
from engine.settings import TrainSettings

SAID_ONE_BY_ONE = 20
"""Rows left out that get a log line each; more are counted."""


def read_split(job: Job, name: str) -> list[Record]:
    """All records of a split. Raises DataError when it is missing, empty or broken."""
    path = job.run.split(name)
    if not path.is_file():
        raise DataError(f"the run has no {name} split", "Freeze a snapshot that has one.")
    records = read_records(path)
    if not records:
        raise DataError(f"the {name} split is empty", "Put approved pairs into it.")
    return records


def examples_of(
    job: Job, formatter: Formatter, records: Sequence[Record], split: str = "train"
) -> list[Example]:
    """Records as examples of at most `max_length` tokens; a log event names each row left out.

    Raises DataError when none is left.
    """
    settings = job.settings(TrainSettings)
    examples, left_out, shortened = [], 0, 0
    for row, record in enumerate(records, start=1):
        try:
            example = formatter.example(record, settings.max_length)
        except DataError as error:
            left_out += 1
            if left_out <= SAID_ONE_BY_ONE:
                job.log(
                    f"{split} row {row} is left out: {error.message}",
                    "warning",
                    row=row,
                    record=record.id,
                )
            continue
        shortened += bool(example.dropped_turns)
        examples.append(example)
    if left_out > SAID_ONE_BY_ONE:
        job.log(f"{left_out} rows of {split} are left out in all", "warning")
    if shortened:
        job.log(
            f"{shortened} rows of {split} lost their oldest turns to fit {settings.max_length} tokens"
        )
    if not examples:
        raise DataError(f"no row of {split} fits {settings.max_length} tokens", "Raise max_length.")
    return examples
