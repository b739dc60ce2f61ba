"""The list of pairs: searched, filtered, sorted, in pages by cursor."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from authoring.forms.pair_filter import SORTS, PairFilterForm
from authoring.keyset import Keyset, keyset
from authoring.models import Pair, Project
from authoring.models.pair import PairQuerySet
from authoring.permissions import allowed
from authoring.views import last_bulk
from authoring.views.access import in_project
from authoring.views.refusals import page

SIZE = 50
COUNTED = 10_000
"""A longer list says "more than": counting on would be slower than the list itself."""


@require_safe
@in_project("view")
def pairs(request: HttpRequest, project: Project) -> HttpResponse:
    filters = PairFilterForm(request.GET, project=project)
    found = filters.pairs()
    sort = request.GET.get("sort", "")
    known = sort.lstrip("-") in SORTS
    listed = keyset(
        found,
        column=SORTS[sort.lstrip("-")] if known else "id",
        descending=sort.startswith("-") or not known,
        size=SIZE,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    context = {
        "project": project,
        "filters": filters,
        "pairs": listed.rows,
        "previous_url": _address(request, before=listed.previous),
        "next_url": _address(request, after=listed.next),
        "summary": _how_many(found, listed),
        "tags": Pair.objects.in_project(project).tags_in_use(),
        "writes": allowed(request.user, "write", project),
        "reviews": allowed(request.user, "review", project),
        "imports": allowed(request.user, "import", project),
        "last_bulk": last_bulk.to_say(request, project),
        "is_empty": not listed.rows and not filters.is_narrowing,
    }
    return page(request, "authoring/pairs.html", context)


def _address(request: HttpRequest, **cursor: str) -> str:
    """This list with another cursor; empty when there is no such page."""
    if not any(cursor.values()):
        return ""
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    query.update(cursor)
    return f"?{query.urlencode()}"


def _how_many(found: PairQuerySet, listed: Keyset) -> str:
    whole = not listed.previous and not listed.next
    count = len(listed.rows) if whole else found.order_by()[: COUNTED + 1].count()
    if count > COUNTED:
        return _("more than %(n)d pairs") % {"n": COUNTED}
    return ngettext("%(n)d pair", "%(n)d pairs", count) % {"n": count}
