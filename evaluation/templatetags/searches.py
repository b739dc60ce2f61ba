"""Trials and the settings they chose, as pages write them."""

from typing import Any

from django import template

from evaluation.models import Trial
from training.labels import said
from training.models import Run

register = template.Library()


@register.filter
def chosen(trial: Trial, name: str) -> str:
    """What a trial chose for a setting: three significant digits, or the choice in words."""
    value = trial.settings.get(name, "")
    return f"{value:.3g}" if isinstance(value, float) else str(said(value))


@register.inclusion_tag("evaluation/_search_trial_of.html")
def trial_of(run: Run) -> dict[str, Any]:
    """On a run's page: the trial that it is, if it is one."""
    found = Trial.objects.filter(run_id=run.pk).select_related("search__project").first()
    return {"trial": found}
