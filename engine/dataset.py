"""The splits of a run directory as examples; what can't be used is left out and said. Light."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import DataError
from engine.fitting import fit
from engine.formatting import Example, Formatter
from engine.job import Job
from engine.records import Record, read_records
from engine.settings import TrainSettings
from engine.words import _

SAID_ONE_BY_ONE = 20
"""Rows left out that get a log line each; more are counted."""


def read_split(job: Job, name: str) -> list[Record]:
    """All records of a split. Raises DataError when it is missing, empty or broken."""
    path = job.run.split(name)
    if not path.is_file():
        raise DataError(
            _("the run has no %(name)s split", name=name), _("Freeze a snapshot that has one.")
        )
    records = read_records(path)
    if not records:
        raise DataError(
            _("the %(name)s split is empty", name=name), _("Put approved pairs into it.")
        )
    return records


def examples_of(
    job: Job,
    formatter: Formatter,
    records: Sequence[Record],
    split: str = "train",
    context: int | None = None,
) -> list[Example]:
    """Records as examples of at most `max_length` tokens; a log event names each row left out.

    `context`: how many positions the model has, where there is a limit. Raises DataError when none is
    left.
    """
    settings = job.settings(TrainSettings)
    fitted = fit(
        formatter,
        records,
        settings.max_length,
        shorten_input=settings.truncate_input == "sentences",
        context=context,
    )
    for one in fitted.left_out[:SAID_ONE_BY_ONE]:
        job.log(
            f"{split} row {one.row} is left out: {one.why}",
            "warning",
            row=one.row,
            record=one.record.id,
        )
    if len(fitted.left_out) > SAID_ONE_BY_ONE:
        job.log(f"{len(fitted.left_out)} rows of {split} are left out in all", "warning")
    if not settings.max_length:
        job.log(f"the longest example of {split} may have {fitted.max_length} tokens")
    if fitted.shortened:
        job.log(
            f"{fitted.shortened} rows of {split} lost turns or sentences to fit "
            f"{fitted.max_length} tokens"
        )
    if not fitted.examples:
        raise DataError(
            _(
                "no row of %(split)s fits %(max_length)s tokens",
                split=split,
                max_length=fitted.max_length,
            ),
            _("Raise max_length, or choose a model that reads more at once."),
        )
    return fitted.examples
