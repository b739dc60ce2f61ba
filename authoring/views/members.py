"""Who is in a project, in which role; invitations to copy."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from authoring import mail
from authoring.actions import people, projects
from authoring.forms.project import InviteForm
from authoring.models import Project
from authoring.permissions import DEED_NAMES, DEEDS, Role, allowed
from authoring.views.access import in_project
from authoring.views.refusals import page, refusals, refused_on


@never_cache
@require_http_methods(["GET", "POST"])
@in_project("view")
def members(request: HttpRequest, project: Project) -> HttpResponse:
    """The list for everybody; the invitation form for whoever manages. A new link is shown once."""
    form = InviteForm(request.POST if request.method == "POST" else None)
    link = email = ""
    if request.method == "POST" and form.is_valid():
        with refusals(request, form):
            token = people.invite(project=project, by=request.user, **form.cleaned_data)
            link, email = mail.address(token), form.cleaned_data["email"]
            form = InviteForm()
    context = {
        "project": project,
        "form": form,
        "memberships": project.memberships.select_related("user__let_in_by").order_by(
            "-user__is_active", "user__name", "user__email"
        ),
        "invitations": project.invitations.usable(),
        "roles": _roles(),
        "manages": allowed(request.user, "manage", project),
        "link": link,
        "email": email,
        "mails": mail.configured(),
    }
    return page(request, "authoring/members.html", context)


@require_POST
@refused_on(members, "slug")
@in_project("manage")
def member_role(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    membership = get_object_or_404(project.memberships.select_related("user"), pk=pk)
    role = request.POST.get("role", "")
    projects.set_role(project=project, user=membership.user, role=role, by=request.user)
    messages.success(
        request,
        _("%(person)s: %(role)s") % {"person": membership.user, "role": Role(role).label},
    )
    return redirect("members", slug=project.slug)


@require_POST
@refused_on(members, "slug")
@in_project("view")
def member_remove(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    membership = get_object_or_404(project.memberships.select_related("user"), pk=pk)
    projects.remove_member(project=project, user=membership.user, by=request.user)
    if membership.user == request.user:
        messages.success(request, _("You left %(project)s.") % {"project": project})
        return redirect("home")
    messages.success(request, _("%(person)s left the project.") % {"person": membership.user})
    return redirect("members", slug=project.slug)


@require_POST
@refused_on(members, "slug")
@in_project("manage")
def invitation_withdraw(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    link = get_object_or_404(project.invitations, pk=pk)
    people.withdraw_invitation(link=link, by=request.user)
    messages.success(request, _("The invitation is withdrawn."))
    return redirect("members", slug=project.slug)


def _roles() -> list[dict[str, object]]:
    """Every role with the deeds it allows, for the legend beside the list."""
    return [
        {
            "value": role.value,
            "label": role.label,
            "deeds": pgettext("between items", ", ").join(
                str(DEED_NAMES[deed]) for deed, may in DEEDS.items() if role in may
            ),
        }
        for role in Role
    ]
