"""Where the editor saves while somebody writes: JSON in, JSON out; docs/ui.md has the shapes."""

from typing import Any

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from authoring import strict_json
from authoring.actions import drafts, pairs
from authoring.actions.pairs import Written
from authoring.errors import Invalid, StudioError
from authoring.forms.pair import PairForm, as_form_data
from authoring.models import Pair, Project
from authoring.revision_diff import text_of
from authoring.views.access import in_project
from authoring.views.editor import conflict
from authoring.views.refusals import REFUSED, as_studio_error


@require_POST
@in_project("write")
def autosave_new(request: HttpRequest, project: Project) -> JsonResponse:
    """The first save of a new pair creates it, once; the answer says where to save from now on."""
    try:
        form = _form(request, project)
        written = drafts.begin(
            task=form.cleaned_data["task"],
            content=form.content,
            key=form.cleaned_data["draft"],
            written_for=form.cleaned_data["written_for"],
            by=request.user,
        )
    except REFUSED as error:
        return _refused(as_studio_error(error))
    here = {"slug": project.slug, "pk": written.pair.pk}
    places = {"url": reverse("autosave", kwargs=here), "page": reverse("pair_edit", kwargs=here)}
    places["heading"] = _("Pair %(pair)s") % {"pair": written.pair}
    return _acknowledged(written, status=201, pair=written.pair.pk, **places)


@require_POST
@in_project("write")
def autosave(request: HttpRequest, project: Project, pk: int) -> JsonResponse:
    pair = get_object_or_404(Pair.objects.in_project(project), pk=pk)
    try:
        form = _form(request, project)
        written = pairs.write(
            pair=pair,
            task=form.cleaned_data["task"],
            content=form.content,
            parent=form.cleaned_data["revision"],
            by=request.user,
        )
    except REFUSED as error:
        return _refused(as_studio_error(error))
    return _conflicting(written) if written.conflict else _acknowledged(written)


def _form(request: HttpRequest, project: Project) -> PairForm:
    """The valid form of this request's JSON. Raises Invalid."""
    body = strict_json.loads(request.body)
    form = PairForm(as_form_data(body if isinstance(body, dict) else {}), project=project)
    if not form.is_valid():
        raise Invalid(
            _("Some entries are not valid."),
            fields={name: list(found) for name, found in form.errors.items()},
        )
    return form


def _acknowledged(written: Written, *, status: int = 200, **more: object) -> JsonResponse:
    """Sent once the revision is committed: from here on it is safe."""
    body = {"revision": written.revision.number, "saved_at": timezone.now().isoformat()}
    return JsonResponse(body | more, status=status)


def _conflicting(written: Written) -> JsonResponse:
    """Both texts live: theirs is the head, this one stands beside it. 409 with a word diff."""
    pieces = {"theirs": text_of(written.pair.head), "mine": text_of(written.revision)}
    error = conflict(written)
    return JsonResponse(
        {
            "detail": str(error),
            "revision": written.pair.head.number,
            "html": render_to_string("authoring/_conflict_diff.html", pieces),
        },
        status=error.status,
    )


def _refused(error: StudioError) -> JsonResponse:
    words: list[Any] = [error.message, *(one for found in error.fields.values() for one in found)]
    return JsonResponse(
        {"detail": " ".join(str(word) for word in words), "errors": error.fields},
        status=error.status if error.status != 403 else 400,
    )
