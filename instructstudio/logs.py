"""Request and job ids in every log line; never texts, never secrets."""

import logging
from contextvars import ContextVar

current_request: ContextVar[str] = ContextVar("current_request", default="")
current_job: ContextVar[str] = ContextVar("current_job", default="")


class RequestId(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request.get()
        record.job_id = current_job.get()
        return True
