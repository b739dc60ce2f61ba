"""Errors of the REST API as problem details (RFC 9457): what was wrong, where, and what to do."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import ProtectedError
from django.http import Http404, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from authoring.errors import Stale, StudioError, TooOften
from authoring.states import NotAllowed
from authoring.words import told
from engine.errors import SpecError

MEDIA_TYPE = "application/problem+json"


def problem(status: int, detail: str, remedy: str = "", **more: Any) -> JsonResponse:
    """A problem as a plain Django response."""
    return JsonResponse(
        _body(status, detail, remedy, **more), status=status, content_type=MEDIA_TYPE
    )


def handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. An error it does not know stays a 500, with its traceback in the log."""
    match error:
        case Stale():
            answer = _response(error.status, error.message, error.remedy, changed=error.changed)
            answer["ETag"] = error.tag
            return answer
        case StudioError():
            answer = _response(error.status, error.message, error.remedy, errors=error.fields)
            if isinstance(error, TooOften):
                answer["Retry-After"] = str(error.wait)
            return answer
        case SpecError():
            return _response(
                400,
                _("Some settings are out of range."),
                _("Change the fields named in errors."),
                errors={name: [told(why)] for name, why in error.fields.items()},
            )
        case NotAllowed():
            return _response(
                409,
                str(error),
                _("Read the object again: its state has changed."),
                state=error.state,
            )
        case ValidationError():
            fields = (
                error.message_dict
                if hasattr(error, "error_dict")
                else {"non_field_errors": error.messages}
            )
            return _response(
                400,
                _("Some fields are not valid."),
                _("Change the fields named in errors."),
                errors=fields,
            )
        case ProtectedError():
            return _response(
                409, _("Other objects still refer to this one."), _("Delete those first.")
            )
        case exceptions.ValidationError():
            return _response(
                400,
                _("Some fields are not valid."),
                _("Change the fields named in errors."),
                errors=error.detail,
            )
        case PermissionDenied() if str(error):
            return _response(403, str(error))
        case Http404():
            return _response(404, _("There is no such object here, or you may not see it."))
    response = exception_handler(error, context)
    if response is not None:
        detail = (
            response.data.get("detail", "")
            if isinstance(response.data, dict)
            else str(response.data)
        )
        response.data = _body(response.status_code, str(detail), "")
        response.content_type = MEDIA_TYPE
    return response


def _response(status: int, detail: str, remedy: str = "", **more: Any) -> Response:
    return Response(_body(status, detail, remedy, **more), status=status, content_type=MEDIA_TYPE)


def _body(status: int, detail: str, remedy: str, **more: Any) -> dict[str, Any]:
    body = {"type": "about:blank", "status": status, "title": str(detail), "detail": str(detail)}
    if remedy:
        body["remedy"] = str(remedy)
    return body | {name: value for name, value in more.items() if value}
