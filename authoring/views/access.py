"""Who gets to a page: signed in, a member of the project in the address, allowed to do the deed."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from authoring.models import Project
from authoring.permissions import require
from authoring.views.held import ask_to_sign_in

View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """For whoever has an account. Others are asked to sign in, and lose nothing that they sent."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return ask_to_sign_in(request)
        return view(request, *args, **kwargs)

    return answer


def in_project(deed: str) -> Callable[[View], View]:
    """The view gets `project` for the `slug` of its address, once this person may do `deed` there.

    A project that one may not see does not exist for one: 404, not 403.
    """

    def decorate(view: View) -> View:
        @signed_in
        @wraps(view)
        def answer(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
            project = get_object_or_404(Project.objects.for_user(request.user), slug=slug)
            require(request.user, deed, project)
            return view(request, project, **kwargs)

        return answer

    return decorate


def studio_owner(view: View) -> View:
    """Only for the studio's owner."""

    @signed_in
    @wraps(view)
    def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not request.user.is_superuser:
            raise PermissionDenied(_("Only the studio's owner may see this page."))
        return view(request, **kwargs)

    return answer
