"""A button of a job's page: a deed by its name, and what is said afterwards."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from authoring.views.refusals import told_afterwards
from training.models import Job


def do(
    request: HttpRequest,
    job: Job,
    deeds: Mapping[str, Callable[..., Any]],
    said: Mapping[str, Any],
) -> None:
    """The `deed` that was posted; the action asks whether this person may."""
    deed = request.POST.get("deed", "")
    if deed not in deeds:
        messages.error(request, _("There is no such button."))
        return
    with told_afterwards(request):
        deeds[deed](by=request.user, job=job)
        messages.success(request, said[deed])
