"""A new pair begun once, however often its first save arrives.

The editor's first autosave may be sent twice: its answer got lost, or the page was left while it was
under way. Both carry the same key, and the second continues what the first began.
"""

from typing import Any

from django.db import IntegrityError, transaction

from authoring.actions import pairs
from authoring.actions.pairs import Written
from authoring.models import IdempotentReply, Pair, Revision, Task, User

LONGEST_KEY = 64


def begin(
    *,
    task: Task,
    content: dict[str, Any],
    key: str,
    by: User,
    written_for: Revision | None = None,
) -> Written:
    """`pairs.write` of a new pair, once a `key`; without a key it is just that.

    Raises what `pairs.write` raises.
    """
    if not key:
        return pairs.write(task=task, content=content, by=by, written_for=written_for)
    name = f"draft:{key[:LONGEST_KEY]}"
    begun = _begun(name, by)
    if begun is None:
        try:
            with transaction.atomic():
                written = pairs.write(task=task, content=content, by=by, written_for=written_for)
                IdempotentReply.objects.create(
                    user=by, key=name, status=201, body=str(written.pair.pk)
                )
            return written
        except IntegrityError:
            begun = _begun(name, by)
            if begun is None:
                raise
    return pairs.write(pair=begun, task=task, content=content, by=by)


def _begun(name: str, by: User) -> Pair | None:
    reply = IdempotentReply.objects.filter(user=by, key=name).first()
    return Pair.objects.filter(pk=int(reply.body)).first() if reply else None
