"""Settings, URLs, the API router, the Celery application, the supervisor."""

from instructstudio.celery import app as celery_app

__all__ = ["celery_app"]
