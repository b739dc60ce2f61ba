"""Signing in with an e-mail address and a password, and out again."""

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from authoring import mail
from authoring.actions import people
from authoring.forms.account import LostPasswordForm, SignInForm
from authoring.throttling import Attempts
from authoring.views.held import held, send_again
from authoring.views.refusals import page, refusals


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """What was sent without a session comes along in `held`, and is sent again from the page behind."""
    if request.user.is_authenticated:
        return _onwards(request)
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals(request):
            attempts = Attempts("wrong_password", request, form.cleaned_data["email"])
            user = authenticate(
                request,
                username=form.cleaned_data["email"].lower(),
                password=form.cleaned_data["password"],
            )
            if user is not None:
                login(request, user)
                return _onwards(request)
            attempts.count()
            form.add_error(None, _("No account has this e-mail address and password."))
    context = {
        "form": form,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "held": request.POST.get("held", "") if held(request) else "",
    }
    return page(request, "authoring/sign_in.html", context)


@require_http_methods(["GET", "POST"])
def lost_password(request: HttpRequest) -> HttpResponse:
    form = LostPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals(request):
            Attempts("lost_password", request, form.cleaned_data["email"]).count()
            people.request_password(email=form.cleaned_data["email"])
            messages.success(request, people.link_may_come())
            return redirect("sign_in")
    return page(request, "authoring/lost_password.html", {"form": form, "mails": mail.configured()})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.success(request, _("You are signed out."))
    return redirect("sign_in")


def _onwards(request: HttpRequest) -> HttpResponse:
    found = held(request)
    return send_again(request, found) if found else HttpResponseRedirect(_next(request))


def _next(request: HttpRequest) -> str:
    """Where they wanted to go, when it is a page of ours."""
    asked = request.POST.get("next") or request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(
        asked, {request.get_host()}, require_https=request.is_secure()
    )
    return asked if ours else reverse("home")
