"""The searches of a project, and the buttons of one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from authoring.models import Project
from authoring.permissions import allowed
from authoring.views.access import in_project
from authoring.views.asked import number as number_in
from authoring.views.refusals import REFUSED, as_studio_error
from evaluation.actions.search import control
from evaluation.actions.search.launch import extend
from evaluation.models import Search
from evaluation.search.states import OPEN

ON_A_PAGE = 25


@require_GET
@in_project("view")
def searches(request: HttpRequest, project: Project) -> HttpResponse:
    found = Search.objects.filter(project=project).with_origin().with_best().order_by("-number")
    over = Count("trials", filter=~Q(trials__state__in=OPEN))
    page = Paginator(found.annotate(over=over), ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "page": page,
        "lines": [(one, one.best()) for one in page],
        "may_train": allowed(request.user, "train", project),
    }
    return render(request, "evaluation/searches.html", context)


@require_POST
@in_project("view")
def search_do(request: HttpRequest, project: Project, number: int) -> HttpResponse:
    """What a person asks of a search; the actions ask whether they may."""
    search = get_object_or_404(Search, project=project, number=number)
    deed = request.POST.get("deed", "")
    try:
        if deed == "extend":
            extend(by=request.user, search=search, trials=number_in(request.POST.get("trials")))
        else:
            DEEDS[deed](by=request.user, search=search)
        messages.success(request, SAID[deed])
    except KeyError:
        messages.error(request, _("There is no such button."))
    except REFUSED as error:
        said = as_studio_error(error)
        fields = " ".join(str(one) for found in said.fields.values() for one in found)
        messages.error(request, f"{said.message} {fields or said.remedy}")
    return redirect("search", project.slug, number)


DEEDS = {"pause": control.pause, "resume": control.resume, "stop": control.stop}
SAID = {
    "pause": _("Paused: no further trial is asked for, and open runs save and leave the device."),
    "resume": _("It goes on."),
    "stop": _("Stopped: open runs save and end."),
    "extend": _("More trials will follow."),
}
