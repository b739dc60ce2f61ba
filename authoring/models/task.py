"""A kind of instruction in a project: its form, label set, metric and reward."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from authoring.measures import NAMES
from engine.records import TaskInfo


class TaskKind(models.TextChoices):
    CLASSIFICATION = "classification", _("classification")
    SHORT_ANSWER = "short_answer", _("short answer")
    SUMMARIZATION = "summarization", _("summarization")
    CODE = "code", _("code")
    CHAT = "chat", _("chat")
    FREE = "free", _("free")


METRIC = {
    "classification": "f1_macro",
    "short_answer": "token_f1",
    "summarization": "token_f1",
    "code": "exact_match",
    "chat": "token_f1",
    "free": "token_f1",
}
REWARD = {
    "classification": "label_match",
    "short_answer": "exact_match",
    "summarization": "token_f1",
    "code": "exact_match",
    "chat": "token_f1",
    "free": "token_f1",
}


class TaskQuerySet(models.QuerySet["Task"]):
    def with_pair_counts(self) -> "TaskQuerySet":
        """Each with `pair_count`, deleted ones not counted."""
        return self.annotate(
            pair_count=models.Count("pairs", filter=models.Q(pairs__deleted_at=None))
        )


class Task(models.Model):
    project = models.ForeignKey("authoring.Project", models.CASCADE, related_name="tasks")
    slug = models.SlugField(_("address"), max_length=60)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=TaskKind)
    guidelines = models.TextField(_("guidelines"), blank=True)
    instruction = models.TextField(
        _("instruction"), blank=True, help_text=_("What a new pair of this task starts with.")
    )
    system = models.TextField(_("system message"), blank=True)
    input_form = models.CharField(_("input form"), max_length=300, blank=True)
    output_form = models.CharField(_("output form"), max_length=300, blank=True)
    labels = models.JSONField(_("labels"), default=list, blank=True)
    metric = models.CharField(_("default metric"), max_length=30, blank=True)
    reward = models.CharField(_("default reward"), max_length=30, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["project", "slug"], name="one_task_a_slug")]

    def __str__(self) -> str:
        return self.name

    def info(self) -> TaskInfo:
        """What the engine needs to know of it, as it is now."""
        return TaskInfo(
            kind=self.kind,
            labels=list(self.labels),
            metric=self.default_metric,
            reward=self.default_reward,
        )

    @property
    def default_metric(self) -> str:
        return self.metric or METRIC[self.kind]

    @property
    def default_reward(self) -> str:
        return self.reward or REWARD[self.kind]

    @property
    def metric_name(self) -> str:
        """For people; a name that only the engine knows stands for itself."""
        return str(NAMES.get(self.default_metric, self.default_metric))

    @property
    def reward_name(self) -> str:
        return str(NAMES.get(self.default_reward, self.default_reward))
