"""One's own name, language, time zone, theme and password."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from authoring.actions import people
from authoring.forms.account import PasswordForm, ProfileForm
from authoring.throttling import Attempts
from authoring.views.access import signed_in
from authoring.views.refusals import page, refusals


@signed_in
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    now = {name: getattr(request.user, name) for name in people.PROFILE}
    form = ProfileForm(request.POST if request.method == "POST" else None, initial=now)
    if request.method == "POST" and form.is_valid():
        with refusals(request, form):
            user = people.change_profile(by=request.user, **form.cleaned_data)
            with translation.override(user.language or translation.get_language()):
                messages.success(request, _("Your profile is saved."))
            return redirect("profile")
    return _shown(request, form=form)


@sensitive_post_parameters()
@signed_in
@require_POST
def password(request: HttpRequest) -> HttpResponse:
    form = PasswordForm(request.POST, asks_old=request.user.has_usable_password())
    if form.is_valid():
        with refusals(request, form):
            with Attempts("wrong_password", request, request.user.email).counting("old"):
                people.change_password(
                    old=form.cleaned_data.get("old", ""),
                    new=form.cleaned_data["password"],
                    by=request.user,
                )
            update_session_auth_hash(request, request.user)
            messages.success(request, _("Your password is changed."))
            return redirect("profile")
    return _shown(request, password_form=form)


def _shown(
    request: HttpRequest,
    form: ProfileForm | None = None,
    password_form: PasswordForm | None = None,
) -> HttpResponse:
    now = {name: getattr(request.user, name) for name in people.PROFILE}
    context = {
        "profile_form": form or ProfileForm(initial=now),
        "password_form": password_form or PasswordForm(asks_old=request.user.has_usable_password()),
        "form": form or password_form,
    }
    return page(request, "authoring/profile.html", context)
