"""What a worker does with an import: check the file, or write its good rows.

No transaction spans the reading. A batch of rows is one transaction, and a row is known by its number
in the file, so that an import that broke off goes on where it stopped and no row is written twice.
"""

import itertools
import logging
from typing import Any

from django.db import transaction
from django.utils import timezone, translation

from authoring.faults import DATABASE_AWAY, said
from authoring.formats.problems import BadFile, Problem
from authoring.import_check import Checked, checked, open_import, preview
from authoring.import_rows import write_rows
from authoring.models import Import
from authoring.models.dataset_import import LONGEST_REPORT
from authoring.states import IMPORT, ImportState, after

BATCH = 500
SHOWN = 20
"""Rows of the preview."""

log = logging.getLogger(__name__)


def work(*, dataset_import: Import) -> None:
    """Do what the import's state asks for: check an uploaded file, write a committing one.

    What goes wrong with the file ends in its report, and so does a fault of ours (authoring.faults). Raises
    only where the database is away: it is worked on later (authoring.tasks).
    """
    with translation.override(dataset_import.created_by.language or translation.get_language()):
        try:
            if dataset_import.state == ImportState.UPLOADED:
                _check(dataset_import)
            elif dataset_import.state == ImportState.COMMITTING:
                _write(dataset_import)
        except BadFile as error:
            _fail(dataset_import, error.problem)
        except OSError as error:
            why = error.strerror or str(error)
            _fail(dataset_import, Problem(None, "disk", details={"why": why}))
        except DATABASE_AWAY:
            raise
        except Exception as error:
            log.exception("the studio broke over import %s", dataset_import.pk)
            _fail(dataset_import, Problem(None, "fault", details={"why": said(error)}))


def _check(dataset_import: Import) -> None:
    good = bad = warned = 0
    report: list[dict[str, Any]] = []
    sample: list[dict[str, Any]] = []
    with open_import(dataset_import) as opened:
        for one in checked(opened, task=dataset_import.task, language=dataset_import.language):
            report += [vars(problem) for problem in one.problems]
            del report[LONGEST_REPORT:]
            warned += sum(problem.level == "warning" for problem in one.problems)
            if one.content is None:
                bad += 1
                continue
            good += 1
            if len(sample) < SHOWN:
                sample.append(preview(one))
        found = {"encoding": opened.encoding, "format": opened.format}
    _change(
        dataset_import,
        "check",
        rows_good=good,
        rows_bad=bad,
        warnings=warned,
        report=report,
        sample=sample,
        **found,
    )


def _write(dataset_import: Import) -> None:
    with open_import(dataset_import) as opened:
        rows = checked(opened, task=dataset_import.task, language=dataset_import.language)
        good: Any = (one for one in rows if one.content is not None)
        while batch := list[Checked](itertools.islice(good, BATCH)):
            if not write_rows(dataset_import, batch):
                return
    _change(dataset_import, "finish", committed_at=timezone.now())


def _fail(dataset_import: Import, problem: Problem) -> None:
    log.warning("import %s failed: %s", dataset_import.pk, problem.code)
    _change(dataset_import, "fail", report=[*dataset_import.report, vars(problem)])


@transaction.atomic
def _change(dataset_import: Import, deed: str, **fields: Any) -> None:
    """The next state with what came of it, unless another worker was there first, or it was forgotten."""
    locked = Import.objects.select_for_update().filter(pk=dataset_import.pk).first()
    if locked is not None and locked.state == dataset_import.state:
        state = after(IMPORT, deed, locked.state)
        Import.objects.filter(pk=locked.pk).update(state=state, **fields)
