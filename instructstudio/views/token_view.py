"""What the model sees of a pair: every token, the special ones named, the trained ones marked.

Of the text in the editor (POST), or of a saved revision (GET). Here and not in authoring, because
base models are training's.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from authoring.forms.pair import PairForm
from authoring.models import Project
from authoring.views.access import in_project
from authoring.views.asked import number
from authoring.views.refusals import as_studio_error
from engine.errors import EngineError
from training.token_pieces import models_to_look_through, seen_by

CHOSEN = "token_model"


@require_POST
@in_project("write")
def token_view(request: HttpRequest, project: Project) -> HttpResponse:
    form = PairForm(request.POST, project=project)
    form.is_valid()
    context = _seen(request, request.POST.get("model", ""), form.cleaned_data)
    return render(request, "studio/_tokens.html", context | {"project": project, "meter": True})


@require_safe
@in_project("view")
def token_view_of(request: HttpRequest, project: Project, pk: int) -> HttpResponse:
    """A part for the pair's page; a page of its own without JavaScript."""
    pair = get_object_or_404(project.pairs.with_head(), pk=pk)
    shown = pair.revisions.filter(number=number(request.GET.get("revision"))).first() or pair.head
    context = _seen(request, request.GET.get("model", ""), shown.content())
    context |= {"project": project, "pair": pair, "revision": shown}
    part = request.headers.get("HX-Request")
    return render(request, "studio/_tokens.html" if part else "studio/tokens.html", context)


def _seen(request: HttpRequest, asked: str, content: dict[str, Any]) -> dict[str, Any]:
    """The tokens by the model asked for, remembered for the session, or why there are none."""
    models = models_to_look_through()
    wanted = asked or str(request.session.get(CHOSEN, ""))
    model = next((one for one in models if str(one.pk) == wanted), models[0] if models else None)
    if model is None:
        return {"models": [], "model": None}
    if asked:
        request.session[CHOSEN] = model.pk
    context = {"models": models, "model": model}
    try:
        return context | {"seen": seen_by(model, content)}
    except EngineError as error:
        return context | {"error": as_studio_error(error)}
