"""Theme and language, from the switches in the top bar. Both work without JavaScript."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from instructstudio.context import THEME_COOKIE, THEMES

YEAR = 60 * 60 * 24 * 365


@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    return _choose(request, "theme", THEMES, THEME_COOKIE)


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    return _choose(
        request,
        "language",
        tuple(code for code, _ in settings.LANGUAGES),
        settings.LANGUAGE_COOKIE_NAME,
    )


def _choose(request: HttpRequest, what: str, known: tuple[str, ...], cookie: str) -> HttpResponse:
    """Kept in a cookie, which the sign-in page reads too, and with the person when there is one."""
    value = request.POST.get(what, "")
    if value not in known:
        return HttpResponseBadRequest(f"{what} must be one of: {', '.join(known)}")
    if request.user.is_authenticated:
        setattr(request.user, what, value)
        request.user.save(update_fields=[what])
    response = HttpResponseRedirect(_back(request))
    response.set_cookie(
        cookie, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return response


def _back(request: HttpRequest) -> str:
    """The page they came from, when it is ours."""
    asked = request.POST.get("next") or request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(
        asked, {request.get_host()}, require_https=request.is_secure()
    )
    return asked if ours else "/"
