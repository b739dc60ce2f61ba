"""Versions over REST (RFC 9110, docs/adr/0035): an object's `ETag`, and `If-Match` on what changes it.

A tag is a print of each field as its reader saw it. So whoever comes with one that fits no more can be told
which fields changed since, and nothing has to be kept of what anybody saw.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics, serializers, status
from rest_framework.response import Response

from authoring.errors import Stale
from authoring.permissions import require

HEADER = OpenApiParameter.HEADER
ETAG = OpenApiParameter("ETag", str, HEADER, description="Its version.", response=[200])
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, HEADER, description="An ETag: 304 without a body while it is the same."
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    HEADER,
    description="The ETag that you saw: 412, and nothing done, if it has changed since.",
)


class StaleSerializer(serializers.Serializer):
    """Problem details; the ETag of this answer is the present one."""

    status = serializers.IntegerField()
    detail = serializers.CharField()
    remedy = serializers.CharField()
    changed = serializers.DictField(help_text="Field → its value now, of those that changed.")


STALE = {
    (412, "application/problem+json"): OpenApiResponse(
        StaleSerializer, "It has changed since: `changed` says in what."
    )
}


def tells_version(**schema: Any):
    """extend_schema of a GET that answers through `Versioned.answer`."""
    return extend_schema(parameters=[ETAG, IF_NONE_MATCH], **schema)


def asks_version(*, responses: Mapping[Any, Any], **schema: Any):
    """extend_schema of a write within `Versioned.unchanged`."""
    gives = [ETAG] if 200 in responses else []
    return extend_schema(parameters=[IF_MATCH, *gives], responses={**responses, **STALE}, **schema)


class Versioned(generics.GenericAPIView):
    """A view of one object at its own address; `get_object` reads it anew each time."""

    deed = "manage"
    """What whoever changes the object must be allowed to do: who may not is told that, not of versions."""

    def answer(self, row: Any) -> Response:
        """The object with its ETag; 304 to a reader who has this very version."""
        data = self.get_serializer(row).data
        tag = _tag(data)
        known = _tags(self.request.headers.get("If-None-Match", ""))
        if self.request.method in {"GET", "HEAD"} and (tag in known or "*" in known):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
        return Response(data, headers={"ETag": tag})

    @contextmanager
    def unchanged(self) -> Iterator[Any]:
        """The object, to be changed inside the block: with an `If-Match`, held until then, and as its
        sender saw it. Raises Stale, PermissionDenied, Http404."""
        row = self.get_object()
        wanted = self.request.headers.get("If-Match")
        if wanted is None:
            yield row
            return
        require(self.request.user, self.deed, getattr(row, "project", row))
        with transaction.atomic():
            held = type(row)._default_manager.select_for_update().only("pk")
            get_object_or_404(held, pk=row.pk)  # locked first, read afterwards: docs/adr/0010
            row = self.get_object()
            _require_as_seen(_tags(wanted), self.get_serializer(row).data)
            yield row


def _require_as_seen(seen: list[str], data: Mapping[str, Any]) -> None:
    now = _tag(data)
    if now in seen or "*" in seen:
        return
    raise Stale(
        _("This has changed since you read it."),
        _(
            "Look at the fields in changed, keep of them what is to stay, then send yours with the ETag of "
            "this answer."
        ),
        changed=_differing(seen[-1] if seen else "", data),
        tag=now,
    )


def _differing(tag: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of which the tag has another print; all of them where it is no tag of such an object."""
    before, now = (one.strip('"').split("-") for one in (tag, _tag(data)))
    if len(before) != len(now):
        return dict(data)
    return {
        name: data[name]
        for name, was, is_now in zip(data, before, now, strict=True)
        if was != is_now
    }


def _tag(data: Mapping[str, Any]) -> str:
    return '"' + "-".join(_print(value) for value in data.values()) + '"'


def _print(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:10]


def _tags(header: str) -> list[str]:
    """The tags in a header. A proxy that packs answers marks their tags as weak; what they name, fields and
    not bytes, is the same."""
    return [one.removeprefix("W/") for one in parse_etags(header)]
