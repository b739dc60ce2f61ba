"""A form that was sent when its sender was signed in no more: held through the sign-in, and sent again
with one press, so that nothing that somebody typed goes with a session.

It is kept nowhere but in the sign-in page itself, signed. Passwords and files are left out.
"""

import re
from typing import NamedTuple

from django.contrib.auth.views import redirect_to_login
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import csrf

from authoring.forms.account import SignInForm
from authoring.views.came_from import came_from

SALT = "authoring.views.held"
LONGEST = 4 << 20
"""Characters as signed and packed: the sign-in page brings them along, beside its own fields."""
A_DAY = 24 * 60 * 60
NOT_HELD = re.compile(r"csrf|password|^old$|^held$", re.IGNORECASE)
WRITTEN = re.compile(r"\s|[^\x00-\x7f]|.{31}")
"""What somebody wrote, in any language, and not an id or a choice: those are one short word of ASCII."""
FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}
OF_STRANGERS = {"sign_in", "lost_password", "link", "sign_out"}
"""Pages that ask for no sign-in: there is nothing to go on with after one."""


class Held(NamedTuple):
    path: str
    fields: list[tuple[str, str]]
    had_file: bool

    @property
    def texts(self) -> list[str]:
        """To be read and copied; ids and choices are not shown."""
        return [value for _, value in self.fields if WRITTEN.search(value.strip())]


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page: by a redirect, or with the form that was sent in its keeping."""
    text = _hold(request)
    if not text:
        return redirect_to_login(_page(request))
    context = {"form": SignInForm(), "next": _page(request), "held": text}
    return render(request, "authoring/sign_in.html", context, status=401)


def held(request: HttpRequest) -> Held | None:
    """What the sign-in page brought along; None for nothing, and for what isn't ours or is too old."""
    try:
        found = signing.loads(request.POST.get("held", ""), salt=SALT, max_age=A_DAY)
    except signing.BadSignature:
        return None
    return Held(found["path"], [(name, value) for name, value in found["fields"]], found["file"])


def send_again(request: HttpRequest, found: Held, status: int = 200) -> HttpResponse:
    """The page with the button, under a token of the new session."""
    return render(request, "authoring/held.html", {"held": found}, status=status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Settings' CSRF_FAILURE_VIEW. A page of ours that grew old, since somebody signed in or out in
    another tab, is no attack: what was typed there is shown, and sent once its sender says so."""
    match = request.resolver_match
    if not _is_from_here(request) or (match and match.url_name in OF_STRANGERS):
        return csrf.csrf_failure(request, reason)
    found = _read(request)
    if not request.user.is_authenticated:
        return ask_to_sign_in(request)
    return send_again(request, found, status=403) if found else csrf.csrf_failure(request, reason)


def _hold(request: HttpRequest) -> str:
    found = _read(request)
    if found is None:
        return ""
    kept = {"path": found.path, "fields": found.fields, "file": found.had_file}
    text = signing.dumps(kept, salt=SALT, compress=True)
    return text if len(text) <= LONGEST else ""


def _read(request: HttpRequest) -> Held | None:
    """The form of this request; None where a script sent it, or where nothing was filled in."""
    by_script = request.headers.get("HX-Request") or request.headers.get("Sec-Fetch-Mode") == "cors"
    if request.method != "POST" or request.content_type not in FORMS or by_script:
        return None
    fields = [
        (name, str(value))
        for name, values in request.POST.lists()
        if not NOT_HELD.search(name)
        for value in values
    ]
    if not any(value.strip() for _, value in fields):
        return None
    return Held(request.get_full_path(), fields, bool(request.FILES))


def _page(request: HttpRequest) -> str:
    """Where to go on after signing in: the page asked for; of a POST the page that it was sent from,
    for its own address may answer to nothing else."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    return came_from(request) or "/"


def _is_from_here(request: HttpRequest) -> bool:
    """Browsers say so of every POST, and no page of another site can say it for them."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
