"""Ask for one trial: a run like any other, with the settings that the trial chose."""

from typing import Any

from django.db import transaction

from authoring.errors import Invalid
from authoring.words import in_a_row, kept
from evaluation.models import Search, Trial
from training.actions import runs


def try_out(*, search: Search, number: int, settings: dict[str, Any]) -> Trial:
    """Queue the run of trial `number`. Called with the search's row locked, so that a number is
    asked for once. Raises what `runs.launch` does; then there is no such trial."""
    with transaction.atomic():
        run = runs.launch(
            by=search.created_by,
            project=search.project,
            method=search.method,
            snapshot=search.snapshot,
            base_model=None if search.checkpoint else search.base_model,
            checkpoint=search.checkpoint,
            settings={**search.fixed, **settings},
            name=f"search-{search.number}-trial-{number}",  # as files are called: in no language
            evaluate=False,
        )
        return Trial.objects.create(search=search, number=number, settings=settings, run=run)


def note_refused(*, search: Search, number: int, settings: dict[str, Any], error: Invalid) -> Trial:
    """A trial whose settings contradict each other: told as failed, and the search goes on."""
    why = [one for found in error.fields.values() for one in found]
    message = in_a_row([error.message, *why])
    failure = {"message": kept(message), "remedy": kept(error.remedy)}
    return Trial.objects.create(
        search=search, number=number, settings=settings, state="failed", failure=failure
    )
