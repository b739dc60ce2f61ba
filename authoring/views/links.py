"""A single-use link: the first sign-in, an invitation, or a lost password.

GET only shows what the link is for and uses nothing up: chat programs fetch links to preview them.
"""

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from authoring.actions import people
from authoring.forms.account import LinkForm
from authoring.models import AccessLink, Purpose, User
from authoring.views.refusals import page, refusals

BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    found = AccessLink.find(token)
    if found is None:
        return render(request, "authoring/link_worthless.html", status=410)
    has_account = User.objects.filter(email=found.email).first()
    form = LinkForm(
        request.POST if request.method == "POST" else None,
        asks_name=not (has_account and has_account.name),
        needs_password=found.purpose == Purpose.PASSWORD
        or (found.purpose == Purpose.INVITATION and has_account is None),
    )
    joins_by_account = found.purpose == Purpose.INVITATION and has_account is not None
    if joins_by_account:
        del form.fields["password"]
    if request.method == "POST" and form.is_valid():
        with refusals(request, form):
            return _let_in(request, found, token, form)
    context = {
        "form": form,
        "link": found,
        "joins_by_account": joins_by_account,
        "signed_in_as_them": has_account is not None and has_account == request.user,
    }
    return page(request, "authoring/link.html", context)


def _let_in(request: HttpRequest, found: AccessLink, token: str, form: LinkForm) -> HttpResponse:
    signed_in = request.user if request.user.is_authenticated else None
    user = people.redeem(token=token, signed_in=signed_in, **form.cleaned_data)
    login(request, user, backend=BACKEND)
    if found.project is None:
        return redirect("home")
    messages.success(request, _("You are now in %(project)s.") % {"project": found.project})
    return redirect("project", slug=found.project.slug)
