"""The tokenisation preview: choose a model, paste a text or take a pair's."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from authoring.models import Project
from authoring.views.access import in_project
from authoring.views.asked import number
from authoring.views.refusals import as_studio_error
from engine.errors import EngineError
from training.token_pieces import models_to_look_through
from training.tokenisation import PARTS, texts_of, tokenised

LONGEST = 100_000
"""Characters of a part."""


class TokenisationForm(forms.Form):
    model = forms.ChoiceField(label=_("Model"))
    system = forms.CharField(label=_("System message"), required=False, max_length=LONGEST)
    instruction = forms.CharField(
        label=_("Instruction"), required=False, max_length=LONGEST, widget=forms.Textarea
    )
    input = forms.CharField(
        label=_("Input"), required=False, max_length=LONGEST, widget=forms.Textarea
    )
    response = forms.CharField(
        label=_("Response"), required=False, max_length=LONGEST, widget=forms.Textarea
    )


@require_http_methods(["GET", "POST"])
@in_project("view")
def tokenisation(request: HttpRequest, project: Project) -> HttpResponse:
    """A GET may name a `pair`; a POST brings the text. Nothing is kept."""
    models = models_to_look_through()
    form = TokenisationForm(request.POST if request.method == "POST" else None)
    form.fields["model"].choices = [(str(one.pk), one.name) for one in models]
    for name in ("instruction", "input", "response"):
        form.fields[name].widget.attrs["rows"] = 3
    form.initial = _of_pair(request, project)
    context = {"project": project, "models": models, "form": form}
    texts = form.initial if request.method == "GET" else {}
    if request.method == "POST" and form.is_valid():
        texts = {name: form.cleaned_data[name] for name in PARTS}
    if models and any(texts.values()):
        chosen = str(form["model"].value() or models[0].pk)
        model = next((one for one in models if str(one.pk) == chosen), models[0])
        try:
            context["found"] = tokenised(model, texts)
        except EngineError as error:
            context["error"] = as_studio_error(error)
    status = 400 if form.errors else 200
    return render(request, "training/tokenisation.html", context, status=status)


def _of_pair(request: HttpRequest, project: Project) -> dict[str, str]:
    pair = project.pairs.with_head().filter(pk=number(request.GET.get("pair"))).first()
    return texts_of(pair.head.content()) if pair and pair.head else {}
