"""What every log line carries, and what none may: request and job ids yes; texts, links and secrets no."""

import logging
from contextvars import ContextVar

from django.http import HttpRequest

current_request: ContextVar[str] = ContextVar("current_request", default="")


def safe_path(request: HttpRequest) -> str:
    """The route as its pattern: a link's token is part of its path and must not reach a log."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else "(no such page)"


class Ids(logging.Filter):
    """Adds `request_id`, and `job_id` where the line's `extra` did not give one."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request.get()
        record.job_id = getattr(record, "job_id", "")
        return True


class SafePaths(logging.Filter):
    """Django names the whole path of a refused request; the pattern is enough."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            record.args = tuple(
                safe_path(request) if one == request.path else one for one in record.args
            )
        return True
