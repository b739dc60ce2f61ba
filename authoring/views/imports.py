"""Files that came in: uploaded, looked at before anything is written, imported, approved in bulk."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from authoring.actions import imports as actions
from authoring.actions import reviews
from authoring.forms.dataset_import import ImportForm
from authoring.models import Import, Pair, Project, Review
from authoring.permissions import allowed
from authoring.states import ImportState
from authoring.views.access import in_project
from authoring.views.refusals import page, refusals, refused_on

WORKING = {ImportState.UPLOADED, ImportState.COMMITTING}
REPORTED = 200
"""Problems on the page; REST has the whole report."""


@require_safe
@in_project("view")
def imports(request: HttpRequest, project: Project) -> HttpResponse:
    context = {
        "project": project,
        "imports": project.imports.select_related("task", "created_by"),
        "may_import": allowed(request.user, "import", project),
    }
    return render(request, "authoring/imports.html", context)


@require_http_methods(["GET", "POST"])
@in_project("import")
def import_new(request: HttpRequest, project: Project) -> HttpResponse:
    posted = request.method == "POST"
    form = ImportForm(
        request.POST if posted else None, request.FILES if posted else None, project=project
    )
    if posted and form.is_valid():
        with refusals(request, form):
            made = actions.upload(project=project, by=request.user, **form.cleaned_data)
            return redirect("import", slug=project.slug, pk=made.pk)
    context = {"project": project, "form": form, "tasks": project.tasks.exists()}
    return page(request, "authoring/import_new.html", context)


@require_safe
@in_project("view")
def import_page(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """While a worker is at it, the page asks for its own middle part every second."""
    found = get_object_or_404(project.imports.select_related("task", "created_by"), pk=pk)
    open_pairs = Pair.objects.for_review_by(request.user).filter(origin=found)
    context = {
        "project": project,
        "import": found,
        "working": found.state in WORKING,
        "problems": found.problems[:REPORTED],
        "reported": REPORTED,
        "rows": found.rows_good + found.rows_bad,
        "may_import": allowed(request.user, "import", project),
        "to_approve": _to_approve(request, project, found, open_pairs),
        "bulk_approvals": Review.objects.visible_to(request.user).of_import(found),
        "written": found.pairs.present().count(),
    }
    if request.headers.get("X-Live"):
        return render(request, "authoring/_import.html", context)
    return page(request, "authoring/import.html", context)


@require_POST
@refused_on(import_page, "slug", "pk")
@in_project("import")
def import_commit(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    found = get_object_or_404(project.imports, pk=pk)
    actions.commit(dataset_import=found, by=request.user)
    return redirect("import", slug=project.slug, pk=pk)


@require_POST
@refused_on(import_page, "slug", "pk")
@in_project("import")
def import_check(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    found = get_object_or_404(project.imports, pk=pk)
    actions.check(dataset_import=found, by=request.user)
    return redirect("import", slug=project.slug, pk=pk)


@require_POST
@refused_on(import_page, "slug", "pk")
@in_project("import")
def import_discard(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    found = get_object_or_404(project.imports, pk=pk)
    actions.discard(dataset_import=found, by=request.user)
    messages.success(request, _("%(file)s is forgotten.") % {"file": found})
    return redirect("imports", slug=project.slug)


@require_POST
@refused_on(import_page, "slug", "pk")
@in_project("review")
def import_approve(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    found = get_object_or_404(project.imports, pk=pk)
    count = reviews.approve_import(dataset_import=found, by=request.user)
    words = ngettext("You approved %(n)d pair in bulk.", "You approved %(n)d pairs in bulk.", count)
    messages.success(request, words % {"n": count})
    return redirect("import", slug=project.slug, pk=pk)


def _to_approve(request: HttpRequest, project: Project, found: Import, open_pairs) -> int:
    """How many pairs this person could approve in bulk: none of an import of their own."""
    may = allowed(request.user, "review", project) and found.created_by_id != request.user.pk
    return open_pairs.count() if may and found.state == ImportState.COMMITTED else 0
