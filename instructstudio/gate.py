"""What is refused at the door, over REST and from a page alike.

A body that is too large is 413 before anything of it is read into memory or onto the disk: a request
without a file holds at most DATA_UPLOAD_MAX_MEMORY_SIZE, one with a file UPLOAD_LIMIT. An address
with a NUL is 400: no text here has one, and PostgreSQL can't even look for it.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from instructstudio.views.errors import refused

Handler = Callable[[HttpRequest], HttpResponse]
FIELDS_BESIDE = 1 << 20
"""Bytes of a form beside its file."""
CHUNK = 1 << 20


def middleware(get_response: Handler) -> Handler:
    def answer(request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", "") or "\0" in request.path:
            return refused(
                request,
                400,
                _("The address holds a NUL, which no text here has."),
                _("Leave out %00."),
            )
        size = int(request.META.get("CONTENT_LENGTH") or 0)
        with_file = request.content_type == "multipart/form-data"
        limit = settings.UPLOAD_LIMIT if with_file else settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if size > limit + (FIELDS_BESIDE if with_file else 0):
            return _too_large(request, size, limit, with_file)
        return get_response(request)

    return answer


def _too_large(request: HttpRequest, size: int, limit: int, with_file: bool) -> HttpResponse:
    _throw_away(request, size)
    what = _("Too large: %(size).1f MB; at most %(limit).0f MB are taken.") % {
        "size": size / 2**20,
        "limit": limit / 2**20,
    }
    remedy = (
        _("Compress the file with gzip, or split it into several.")
        if with_file
        else _("Shorten the text, or bring it in as a file.")
    )
    return refused(request, 413, what, remedy)


def _throw_away(request: HttpRequest, size: int) -> None:
    """A browser shows an answer only when it could send all of its question; within reason."""
    left = min(size, 4 * settings.UPLOAD_LIMIT)
    while left > 0 and (chunk := request.read(min(left, CHUNK))):
        left -= len(chunk)
