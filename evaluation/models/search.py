"""A search over hyper-parameters: trials of one method on one snapshot, each a run in the queue."""

from typing import Any

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q
from django.utils.translation import gettext

from authoring.models import Project, User
from evaluation.search.objective import Objective
from evaluation.search.space import Space, read_space
from evaluation.search.states import OPEN, SearchState
from training.models import Method


class SearchQuerySet(models.QuerySet["Search"]):
    def visible_to(self, user: User) -> "SearchQuerySet":
        return self.filter(project__in=Project.objects.for_user(user))

    def with_origin(self) -> "SearchQuerySet":
        return self.select_related(
            "project", "base_model", "checkpoint__run", "snapshot", "created_by"
        )

    def with_best(self) -> "SearchQuerySet":
        """Each with `asked`, how many trials there are so far, and what `best` needs: for lists."""
        from evaluation.models.trial import Trial

        complete = Trial.objects.complete().select_related("run", "evaluation")
        return self.annotate(asked=Count("trials")).prefetch_related(
            Prefetch("trials", complete, to_attr="completed")
        )

    def moving(self) -> "SearchQuerySet":
        """Those that something may still come of: they run, or a trial of theirs is open. A deleted
        project's rest until it is brought back."""
        from evaluation.models.trial import Trial

        is_open = Trial.objects.filter(search=OuterRef("pk"), state__in=OPEN)
        moves = Q(state=SearchState.RUNNING) | Exists(is_open)
        return self.filter(moves, project__in=Project.objects.present())


class Search(models.Model):
    project = models.ForeignKey("authoring.Project", models.CASCADE, related_name="searches")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=100, blank=True)
    created_by = models.ForeignKey("authoring.User", models.PROTECT, related_name="searches")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=SearchState, default=SearchState.RUNNING)

    method = models.CharField(max_length=12, choices=Method)
    base_model = models.ForeignKey("training.BaseModel", models.PROTECT, related_name="+")
    checkpoint = models.ForeignKey(
        "training.Checkpoint", models.PROTECT, null=True, related_name="+"
    )
    """Where every trial starts, where it is not the base model."""
    snapshot = models.ForeignKey("authoring.Snapshot", models.PROTECT, related_name="searches")
    fixed = models.JSONField(default=dict)
    """Settings that are the same in every trial."""
    space_json = models.JSONField(default=dict)
    """What the trials differ in, as `evaluation.search.space.read_space` takes it."""
    metric = models.CharField(max_length=40)
    slice = models.CharField(max_length=300, blank=True)
    """Of `evaluation.Score`, over the validation split: the test split chooses nothing."""
    budget = models.PositiveIntegerField()
    """How many trials there shall be."""
    at_once = models.PositiveSmallIntegerField(default=1)
    seed = models.PositiveIntegerField(default=17)
    pruning = models.BooleanField(default=True)
    keep = models.PositiveSmallIntegerField(default=3)
    """How many of the best trials keep the files of their best checkpoint."""

    tried_out = models.BooleanField(default=False)
    """The space holds nothing that was not tried."""
    halted = models.JSONField(null=True)
    """{message, remedy}: why it paused by itself."""
    importances = models.JSONField(default=dict)
    """Setting → its share, as of the newest complete trial."""

    objects = SearchQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="one_search_a_number"),
            models.CheckConstraint(
                condition=Q(state__in=SearchState.values), name="search_state_known"
            ),
            models.CheckConstraint(
                condition=Q(budget__gte=1, at_once__gte=1), name="search_asks_something"
            ),
        ]

    def __str__(self) -> str:
        words = (
            gettext("search %(number)s: %(name)s") if self.name else gettext("search %(number)s")
        )
        return words % {"number": self.number, "name": self.name}

    @property
    def objective(self) -> Objective:
        return Objective(self.metric, self.slice)

    def space(self) -> Space:
        """Raises SpecError where the engine's settings have changed since."""
        return read_space(self.method, self.space_json)

    def ranked(self) -> "models.QuerySet[Any]":
        """Complete trials, the best first; of equals the earlier."""
        value = F("value").desc() if self.objective.maximise else F("value").asc()
        return self.trials.complete().order_by(value, "number")

    def best(self) -> Any:
        """The best trial; None while none is complete. Asks nothing of a search that came `with_best`."""
        if not hasattr(self, "completed"):
            return self.ranked().select_related("run", "evaluation").first()
        sign = -1 if self.objective.maximise else 1
        return min(self.completed, key=lambda one: (sign * one.value, one.number), default=None)
