"""What is answered where no view could: problem details to scripts, a page to people.

A full disk is told apart from a fault of ours: whoever is at the screen can do something about it.
"""

import errno
import sys

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults

from authoring.views.came_from import came_from
from instructstudio.problems import problem

NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
POSTGRES_DISK_FULL = "53100"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not wants_json(request):
        return defaults.bad_request(request, exception)
    return problem(
        400,
        _("The studio could not read this request."),
        _("Look at its headers, its length and its encoding."),
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not wants_json(request):
        return defaults.page_not_found(request, exception)
    return problem(404, _("There is no such address."), _("See /api/v1/docs/ for those there are."))


def server_error(request: HttpRequest) -> HttpResponse:
    if _is_disk_full(sys.exc_info()[1]):
        return refused(
            request,
            503,
            _("The disk is full: the studio could not save this."),
            _("Make room where the studio keeps its files, then send it again."),
        )
    if not wants_json(request):
        return defaults.server_error(request)
    return problem(
        500,
        _("Something broke on our side."),
        _("It is in the log under this answer's X-Request-Id. Nothing that was saved is lost."),
    )


def refused(request: HttpRequest, status: int, what: str, remedy: str) -> HttpResponse:
    """As a script or as a person reads it."""
    if wants_json(request):
        return problem(status, what, remedy)
    context = {"what": what, "remedy": remedy, "back": came_from(request)}
    return render(request, "refused.html", context, status=status)


def wants_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/") or request.content_type == "application/json"


def _is_disk_full(error: BaseException | None) -> bool:
    if isinstance(error, DatabaseError):
        state = getattr(error.__cause__, "sqlstate", "")
        return state == POSTGRES_DISK_FULL or "database or disk is full" in str(error)
    return isinstance(error, OSError) and error.errno in NO_ROOM
