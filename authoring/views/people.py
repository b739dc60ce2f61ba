"""Everybody in the studio, for its owner: deactivate, let back in, a link for a lost password."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from authoring import mail
from authoring.actions import people as actions
from authoring.models import User
from authoring.views.access import studio_owner
from authoring.views.refusals import page, refused_on


@require_safe
@studio_owner
def people(request: HttpRequest) -> HttpResponse:
    return _shown(request)


@never_cache
@require_POST
@refused_on(people)
@studio_owner
def person_link(request: HttpRequest, pk: int) -> HttpResponse:
    """The link stands in this one answer and nowhere else."""
    user = get_object_or_404(User, pk=pk)
    token = actions.password_link(user=user, by=request.user)
    return _shown(request, link=mail.address(token), link_for=user)


@require_POST
@refused_on(people)
@studio_owner
def person_deactivate(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    actions.deactivate(user=user, by=request.user)
    messages.success(request, _("%(person)s is deactivated.") % {"person": user})
    return redirect("people")


@require_POST
@refused_on(people)
@studio_owner
def person_reactivate(request: HttpRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    actions.reactivate(user=user, by=request.user)
    messages.success(request, _("%(person)s may sign in again.") % {"person": user})
    return redirect("people")


def _shown(request: HttpRequest, **more: object) -> HttpResponse:
    everybody = User.objects.annotate(projects=Count("memberships")).order_by(
        "-is_active", "name", "email"
    )
    return page(
        request, "authoring/people.html", {"people": everybody, "mails": mail.configured()} | more
    )
