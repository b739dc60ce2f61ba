"""What the last deed on several pairs did, kept in the session: said once, undoable until the next."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import ngettext_lazy

from authoring.actions.bulk import Bulk
from authoring.models import Project

KEY = "last_bulk"
REFUSALS_SHOWN = 20
DONE: dict[str, Promise] = {
    "submit": ngettext_lazy("%(n)d pair awaits review.", "%(n)d pairs await review.", "n"),
    "withdraw": ngettext_lazy("%(n)d pair is a draft again.", "%(n)d pairs are drafts again.", "n"),
    "delete": ngettext_lazy("%(n)d pair is deleted.", "%(n)d pairs are deleted.", "n"),
    "restore": ngettext_lazy("%(n)d pair is back.", "%(n)d pairs are back.", "n"),
    "tag": ngettext_lazy("%(n)d pair got the tag.", "%(n)d pairs got the tag.", "n"),
    "approve": ngettext_lazy(
        "You approved %(n)d pair in bulk.", "You approved %(n)d pairs in bulk.", "n"
    ),
    "unapprove": ngettext_lazy(
        "Your approval of %(n)d pair is taken back.",
        "Your approvals of %(n)d pairs are taken back.",
        "n",
    ),
    "untag": ngettext_lazy("%(n)d pair lost the tag.", "%(n)d pairs lost the tag.", "n"),
}


def remember(request: HttpRequest, project: Project, done: Bulk) -> None:
    refused = list(done.refused.items())[:REFUSALS_SHOWN]
    request.session[KEY] = {
        "project": project.pk,
        "deed": done.deed,
        "undo": done.undo,
        "done": done.done,
        "tag": done.tag,
        "refused": [f"#{pk}: {why}" for pk, why in refused],
        "said": False,
    }


def to_say(request: HttpRequest, project: Project) -> dict[str, Any] | None:
    """What the list says of it, the first time it is shown."""
    last = request.session.get(KEY)
    if not last or last["project"] != project.pk or last["said"]:
        return None
    request.session[KEY] = last | {"said": True}
    words = DONE[last["deed"]] % {"n": len(last["done"])}
    return {"words": words, "can_undo": bool(last["done"]), "refused": last["refused"]}


def to_undo(request: HttpRequest, project: Project) -> dict[str, Any] | None:
    """The deed that takes it back, for what it did: once."""
    last = request.session.pop(KEY, None)
    if not last or last["project"] != project.pk:
        return None
    return {"deed": last["undo"], "ids": last["done"], "tag": last["tag"]}
