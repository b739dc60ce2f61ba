"""One try of a search: the settings it chose, the run that tried them, and what came of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from evaluation.search.sampler import Tried
from evaluation.search.states import OPEN, TrialState


class TrialQuerySet(models.QuerySet["Trial"]):
    def open(self) -> "TrialQuerySet":
        """Something is still to come of them."""
        return self.filter(state__in=OPEN)

    def complete(self) -> "TrialQuerySet":
        """They ran and were measured."""
        return self.filter(state=TrialState.COMPLETE)

    def in_order(self) -> "TrialQuerySet":
        return self.order_by("number")


class Trial(models.Model):
    search = models.ForeignKey("evaluation.Search", models.CASCADE, related_name="trials")
    number = models.PositiveIntegerField()
    settings = models.JSONField()
    """What it chose of the space; everything else is `search.fixed`."""
    run = models.OneToOneField("training.Run", models.PROTECT, null=True, related_name="trial")
    """Null where the run could not be launched: `failure` says why."""
    evaluation = models.ForeignKey(
        "evaluation.Evaluation", models.SET_NULL, null=True, related_name="+"
    )
    """Of the run's best checkpoint on the validation split."""
    state = models.CharField(max_length=10, choices=TrialState, default=TrialState.WAITING)
    value = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n = models.PositiveIntegerField(null=True)
    reported = models.JSONField(default=dict)
    """Share of its training in per cent → what the run measured of itself there."""
    pruned_at = models.PositiveSmallIntegerField(null=True)
    """The share at which it was told to stop, having fallen behind."""
    failure = models.JSONField(null=True)
    """{message, remedy}"""
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TrialQuerySet.as_manager()

    class Meta:
        ordering = ["search_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["search", "number"], name="one_trial_a_number"),
            models.CheckConstraint(
                condition=Q(state__in=TrialState.values), name="trial_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="complete") | Q(value__isnull=False),
                name="complete_trial_has_value",
            ),
        ]

    def __str__(self) -> str:
        return _("%(search)s, trial %(number)s") % {"search": self.search, "number": self.number}

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def as_tried(self) -> Tried:
        reported = {int(share): value for share, value in self.reported.items()}
        return Tried(self.settings, self.state, self.value, reported)
