"""What an action refused, shown on the page where it was asked for, with everything typed kept.

with refusals(request, form):
    pairs.submit(...)                # StudioError → a notice; its fields → the form's
    return redirect(...)
return page(request, "….html", {"form": form})      # answers with the error's HTTP status
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import ProtectedError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from authoring.errors import Conflict, Invalid, StudioError, TooOften
from authoring.states import NotAllowed
from engine.errors import EngineError

View = Callable[..., HttpResponse]
REFUSED = (StudioError, NotAllowed, ValidationError, ProtectedError)


@contextmanager
def refusals(request: HttpRequest, form: BaseForm | None = None) -> Iterator[None]:
    """Keep an action's error for the page that follows; `_layout/_messages.html` shows it."""
    try:
        yield
    except REFUSED as error:
        request.refusal = refusal = as_studio_error(error)
        if form is not None:
            mark_fields(form, refusal)


@contextmanager
def told_afterwards(request: HttpRequest) -> Iterator[None]:
    """Say an action's error, and what to do, on the page that a POST's redirect leads to."""
    try:
        yield
    except REFUSED as error:
        said = as_studio_error(error)
        messages.error(request, f"{said.message} {said.remedy}")


def refused_on(shown: View, *keep: str) -> Callable[[View], View]:
    """For a POST that has no page of its own: an error shows on the page that `shown` draws.

    `keep` names the parts of the address that `shown` takes.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            with refusals(request):
                return view(request, **kwargs)
            request.method = "GET"  # the page is drawn, not acted on again
            return shown(request, **{name: kwargs[name] for name in keep})

        return answer

    return decorate


def mark_fields(form: BaseForm, refusal: StudioError) -> None:
    """Put the error's messages at the fields of the form that they speak of, the rest above it."""
    for field, found in refusal.fields.items():
        form.add_error(field if field in form.fields else None, list(found))


def as_studio_error(error: Exception) -> StudioError:
    """Whatever an action may raise at a person, in the words of a StudioError."""
    match error:
        case StudioError():
            return error
        case NotAllowed():
            return Conflict(
                _("This is not possible any more: the state has changed meanwhile."),
                _("Look at it again."),
            )
        case ProtectedError():
            return Conflict(_("Other things still refer to this one."), _("Delete those first."))
        case ValidationError() if hasattr(error, "error_dict"):
            fields = {
                "" if name == NON_FIELD_ERRORS else name: list(found)
                for name, found in error.message_dict.items()
            }
            return Invalid(
                _("Some entries are not valid."), _("Change the entries that are marked."), fields
            )
        case ValidationError():
            return Invalid(" ".join(error.messages))
        case EngineError():
            return Invalid(error.message, error.remedy)
    raise error


def page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """The page, with the status of what was refused: 400 for a form that is not valid."""
    refusal: StudioError | None = getattr(request, "refusal", None)
    form = context.get("form")
    status = refusal.status if refusal else 400 if form is not None and form.errors else 200
    answer = render(request, template, context, status=status)
    if isinstance(refusal, TooOften):
        answer["Retry-After"] = str(refusal.wait)
    return answer
