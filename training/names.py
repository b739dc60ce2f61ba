"""Whose a name at a destination is: no project overwrites what another sent there, and no export comes
to lie within another's folder.

A name is a project's while one of its pushes there is under way, and once one has arrived. A push that
failed or was stopped holds nothing, so what it can be tried again for is asked again too.
"""

from django.db import connection, transaction
from django.db.models import Q

from authoring.errors import Conflict
from authoring.words import words as _
from training.models import Destination, Push
from training.states import JobState

HOLDS_NOTHING = (JobState.FAILED, JobState.STOPPED)
LOCK = 7_311_2027
"""Of PostgreSQL's advisory locks: names are asked for one after another."""


def require_free(push: Push) -> None:
    """Called in the transaction that queues the push. Raises Conflict where its name is another's."""
    _wait_for_others()
    there = (
        Push.objects.filter(destination=push.destination, service=push.service)
        .exclude(pk=push.pk)
        .exclude(state__in=HOLDS_NOTHING)
    )
    same = there.filter(target__iexact=push.target).exclude(project=push.project_id)
    if same.exists():
        raise Conflict(
            _("Another project of this studio pushes to %(name)s.", name=push.name),
            _("Choose another."),
        )
    if push.destination == Destination.S3 and (other := there.filter(_within(push)).first()):
        raise Conflict(
            _(
                "%(name)s and %(other)s can't both hold an export: one lies within the other.",
                name=push.name,
                other=other.name if other.project_id == push.project_id else _("another project's"),
            ),
            _("Choose a folder beside it."),
        )


def _within(push: Push) -> Q:
    """Folders below it, and those that it lies in."""
    found = Q(target__istartswith=f"{push.target}/")
    head = push.target.removesuffix(push.name)
    parts = push.name.split("/")
    for end in range(1, len(parts)):
        found |= Q(target__iexact=head + "/".join(parts[:end]))
    return found


def _wait_for_others() -> None:
    """Two that ask at one moment would each see nothing of the other's. SQLite writes one after
    another as it is (`transaction_mode` IMMEDIATE); PostgreSQL holds the second back until the
    first's transaction is over."""
    assert transaction.get_connection().in_atomic_block
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
