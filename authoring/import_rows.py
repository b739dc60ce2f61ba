"""Writes checked rows of a file as pairs, many at a time and each once."""

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.utils import timezone

from authoring.import_check import Checked
from authoring.models import Import, Pair, Revision
from authoring.models.revision import content_hash
from authoring.states import ImportState, PairState


@transaction.atomic
def write_rows(dataset_import: Import, rows: list[Checked]) -> bool:
    """Write those of these rows that no earlier attempt wrote. False when the import is over, or rests:
    a deleted project's goes on when it is brought back.

    Locks the import, so that two workers with the same message take turns, and whoever comes when
    the other is done stops.
    """
    being_written = Import.objects.waiting().filter(state=ImportState.COMMITTING)
    if being_written.select_for_update().filter(pk=dataset_import.pk).first() is None:
        return False
    numbers = [one.row for one in rows]
    there = set(
        Pair.objects.filter(origin=dataset_import, origin_row__in=numbers).values_list(
            "origin_row", "origin_part"
        )
    )
    missing = [one for one in rows if (one.row, one.part) not in there]
    revisions = _revisions(dataset_import, missing)
    Revision.objects.bulk_create(revisions)
    head = Revision.objects.filter(pair=OuterRef("pk")).values("pk")[:1]
    Pair.objects.filter(pk__in=[one.pair_id for one in revisions]).update(head=Subquery(head))
    Import.objects.filter(pk=dataset_import.pk).update(rows_done=F("rows_done") + len(missing))
    return True


def _revisions(dataset_import: Import, rows: list[Checked]) -> list[Revision]:
    """The first revisions of new pairs, which are written already; their heads are set afterwards."""
    author = dataset_import.created_by
    revisions = [Revision(number=1, author=author, **(one.content or {})) for one in rows]
    pairs = []
    for one, revision in zip(rows, revisions, strict=True):
        revision.content_hash = content_hash(revision.content())
        submitted = dataset_import.submit and revision.is_complete
        pairs.append(
            Pair(
                project_id=dataset_import.project_id,
                task_id=dataset_import.task_id,
                author=author,
                state=PairState.SUBMITTED if submitted else PairState.DRAFT,
                submitted_at=timezone.now() if submitted else None,
                origin=dataset_import,
                origin_row=one.row,
                origin_part=one.part,
                split=one.split,
                search=revision.search_column(),
            )
        )
    for pair, revision in zip(Pair.objects.bulk_create(pairs), revisions, strict=True):
        revision.pair = pair
    return revisions
