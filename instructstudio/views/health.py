"""/healthz, /readyz and /metrics: for those who run the studio."""

import hmac
import shutil

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from instructstudio import broker
from instructstudio.measurements import registry

LOOPBACK = {"127.0.0.1", "::1"}
LOW_DISK = 1024**3


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether requests can be served. A dead broker is told but is no reason to be taken out of
    service: people can write and review without one."""
    database = _database()
    body = {
        "database": database,
        "broker": "ok"
        if broker.answers(settings.REDIS_URL)
        else "no answer: runs wait until it is back",
        "disk": "ok"
        if shutil.disk_usage(settings.STUDIO_HOME).free > LOW_DISK
        else "less than 1 GiB free",
    }
    return JsonResponse(body, status=200 if database == "ok" else 503)


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format. With METRICS_TOKEN set, for its bearer; else for this machine only."""
    if not _may_scrape(request):
        return HttpResponse(
            "Set METRICS_TOKEN and send it as a bearer token.\n",
            status=403,
            content_type="text/plain",
        )
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return f"no answer: {type(error).__name__}"
    return "migrations are pending: run manage.py migrate" if pending else "ok"


def _may_scrape(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), settings.METRICS_TOKEN.encode())
    return not settings.PRODUCTION and request.META.get("REMOTE_ADDR") in LOOPBACK
