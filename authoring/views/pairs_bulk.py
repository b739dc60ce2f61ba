"""One deed on the chosen rows of the list, and taking it back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext_lazy
from django.views.decorators.http import require_POST

from authoring.actions import bulk
from authoring.actions.bulk import Bulk
from authoring.models import Project
from authoring.views.access import in_project

LAST = "last_bulk"
DONE: dict[str, Promise] = {
    "submit": ngettext_lazy("%(n)d pair awaits review.", "%(n)d pairs await review.", "n"),
    "withdraw": ngettext_lazy("%(n)d pair is a draft again.", "%(n)d pairs are drafts again.", "n"),
    "delete": ngettext_lazy("%(n)d pair is deleted.", "%(n)d pairs are deleted.", "n"),
    "restore": ngettext_lazy("%(n)d pair is back.", "%(n)d pairs are back.", "n"),
    "tag": ngettext_lazy("%(n)d pair got the tag.", "%(n)d pairs got the tag.", "n"),
    "untag": ngettext_lazy("%(n)d pair lost the tag.", "%(n)d pairs lost the tag.", "n"),
}


@require_POST
@in_project("write")
def pairs_bulk(request: HttpRequest, project: Project) -> HttpResponse:
    ids = [int(one) for one in request.POST.getlist("pair") if one.isdecimal()]
    done = bulk.apply(
        project=project,
        deed=request.POST.get("deed", ""),
        ids=ids,
        tag=request.POST.get("tag", ""),
        by=request.user,
    )
    _remember(request, project, done)
    return _back(request, project)


@require_POST
@in_project("write")
def pairs_undo(request: HttpRequest, project: Project) -> HttpResponse:
    """Take the last deed back. What it did is known to the session, not to the form: once only."""
    last = request.session.pop(LAST, None)
    if last and last["project"] == project.pk:
        done = bulk.apply(
            project=project, deed=last["undo"], ids=last["done"], tag=last["tag"], by=request.user
        )
        _remember(request, project, done)
    return _back(request, project)


def last_bulk(request: HttpRequest, project: Project) -> dict[str, Any] | None:
    """What the last deed did, for the list to say once; it stays undoable until the next one."""
    last = request.session.get(LAST)
    if not last or last["project"] != project.pk or last["said"]:
        return None
    request.session[LAST] = last | {"said": True}
    words = DONE[last["deed"]] % {"n": len(last["done"])}
    return {"words": words, "can_undo": bool(last["done"]), "refused": last["refused"]}


def _remember(request: HttpRequest, project: Project, done: Bulk) -> None:
    request.session[LAST] = {
        "project": project.pk,
        "deed": done.deed,
        "undo": done.undo,
        "done": done.done,
        "tag": done.tag,
        "refused": [f"#{pk}: {why}" for pk, why in list(done.refused.items())[:20]],
        "said": False,
    }


def _back(request: HttpRequest, project: Project) -> HttpResponse:
    """The list as it was filtered."""
    here = reverse("pairs", kwargs={"slug": project.slug})
    asked = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(asked, None) and asked.startswith(here)
    return redirect(asked if ours else here)
