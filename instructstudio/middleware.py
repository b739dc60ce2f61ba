"""What every request gets: an id in logs and answers, and the person's time zone and language."""

import logging
import time
import uuid
import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from instructstudio.logs import current_request, safe_path

Handler = Callable[[HttpRequest], HttpResponse]

log = logging.getLogger("studio.request")


def request_id(get_response: Handler) -> Handler:
    """An id in the answer and in every log line, and one line a request: the path, never what it carried."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.id = uuid.uuid4().hex[:16]
        token = current_request.set(request.id)
        started = time.perf_counter()
        try:
            response = get_response(request)
            if not request.path.startswith(settings.STATIC_URL):
                log.info(
                    "%s %s %s",
                    request.method,
                    safe_path(request),
                    response.status_code,
                    extra={"milliseconds": round(1000 * (time.perf_counter() - started))},
                )
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
