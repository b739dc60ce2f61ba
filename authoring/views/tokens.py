"""Bearer tokens for REST: made, shown once, revoked."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from authoring.actions import tokens as actions
from authoring.forms.account import TokenForm
from authoring.models import ApiToken
from authoring.views.access import signed_in
from authoring.views.refusals import page, refusals


@never_cache
@signed_in
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The plain text of a new token stands in this one answer and nowhere else."""
    form = TokenForm(request.POST if request.method == "POST" else None)
    plain = ""
    if request.method == "POST" and form.is_valid():
        with refusals(request, form):
            _token, plain = actions.issue(name=form.cleaned_data["name"], by=request.user)
            form = TokenForm()
    mine = request.user.api_tokens.filter(revoked_at=None).order_by("-id")
    return page(request, "authoring/tokens.html", {"form": form, "tokens": mine, "plain": plain})


@signed_in
@require_POST
def token_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=pk, user=request.user)
    actions.revoke(token=token, by=request.user)
    messages.success(request, _("%(name)s is revoked.") % {"name": token.name})
    return redirect("tokens")
