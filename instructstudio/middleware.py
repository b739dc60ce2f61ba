"""What every request gets: an id in logs and answers, and the person's time zone and language."""

import uuid
import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from instructstudio.logs import current_request

Handler = Callable[[HttpRequest], HttpResponse]


def request_id(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponse:
        request.id = uuid.uuid4().hex[:16]
        token = current_request.set(request.id)
        try:
            response = get_response(request)
        finally:
            current_request.reset(token)
        response["X-Request-Id"] = request.id
        return response

    return middleware


def person_settings(get_response: Handler) -> Handler:
    """The person's own language and time zone, where they chose one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        zone = user.time_zone if user.is_authenticated else ""
        with timezone.override(zoneinfo.ZoneInfo(zone) if zone else None):
            return get_response(request)

    return middleware
