"""The Celery application: JSON messages that carry ids, two queues (light, device)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "instructstudio.settings")

app = Celery("instructstudio")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
