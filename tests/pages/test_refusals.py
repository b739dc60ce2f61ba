"""What an action refuses reaches the person in words, with the right status, on the right page."""

import pytest
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.test import RequestFactory

from authoring.errors import Conflict, Invalid, Unavailable
from authoring.states import NotAllowed
from authoring.views.refusals import refusals, refused_on


class NameForm(forms.Form):
    name = forms.CharField()


@pytest.fixture
def post():
    return RequestFactory().post("/", {"name": "kept"})


def test_an_error_becomes_the_requests_refusal(post):
    with refusals(post):
        raise Unavailable("The disk is full.", "Make room.")
    assert (post.refusal.status, str(post.refusal.remedy)) == (503, "Make room.")


def test_its_fields_become_the_forms(post):
    form = NameForm(post.POST)
    with refusals(post, form):
        raise Invalid("No.", fields={"name": ["Too plain."], "slug": ["Taken."]})
    assert form.errors == {"name": ["Too plain."], NON_FIELD_ERRORS: ["Taken."]}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotAllowed("submit", "approved"), 409),
        (ValidationError({"name": ["Too long."]}), 400),
        (ValidationError("No."), 400),
        (Conflict("Somebody was faster."), 409),
    ],
)
def test_every_kind_of_refusal_has_its_status(post, error, status):
    with refusals(post):
        raise error
    assert post.refusal.status == status


def test_an_error_nobody_foresaw_is_not_hidden(post):
    with pytest.raises(ZeroDivisionError), refusals(post):
        raise ZeroDivisionError


def test_a_post_without_a_page_draws_the_page_it_belongs_to(post):
    def shown(request, slug):
        return f"{request.method} {slug}: {request.refusal.message}"

    @refused_on(shown, "slug")
    def view(request, slug, pk):
        raise Conflict("Too late.")

    assert view(post, slug="letters", pk=3) == "GET letters: Too late."
