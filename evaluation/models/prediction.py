"""One output for one revision, with how it ended."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from authoring.models import Pair
from authoring.words import told


class Ended(models.TextChoices):
    STOP = "stop", _("ended by itself")
    LENGTH = "length", _("cut at the limit")
    ERROR = "error", _("failed")


class PredictionQuerySet(models.QuerySet["Prediction"]):
    def right(self) -> "PredictionQuerySet":
        return self.filter(correct=True)

    def wrong(self) -> "PredictionQuerySet":
        return self.filter(correct=False)

    def unparsed(self) -> "PredictionQuerySet":
        """Outputs of a classification that name no label, or several."""
        return self.filter(label="").exclude(reference_label="")

    def tagged(self, tag: str) -> "PredictionQuerySet":
        """Of revisions with this tag: by reading the tags, since SQLite can't look into JSON lists."""
        tags = self.order_by().values_list("revision_id", "revision__tags")
        return self.filter(revision__in=[revision for revision, has in tags if tag in has])

    def with_words(self, words: str) -> "PredictionQuerySet":
        """With these words, as they stand, in the prompt or the output."""
        return self.filter(Q(prompt_text__icontains=words) | Q(output__icontains=words))

    def of_subjects(self) -> "PredictionQuerySet":
        """With what names the model that answered."""
        return self.select_related("evaluation__checkpoint__run", "evaluation__base_model")

    def written_for(self, yes: bool) -> "PredictionQuerySet":
        """Whose question somebody wrote a pair for, or nobody did yet."""
        wrote = Exists(Pair.objects.present().filter(written_for__pair=OuterRef("revision__pair")))
        return self.filter(wrote if yes else ~wrote)

    def with_lineage(self) -> "PredictionQuerySet":
        return self.select_related(
            "revision__author", "revision__pair__task", "revision__pair__author"
        )


class Prediction(models.Model):
    """Stored as it came; `label`, `reference_label`, `correct` and `values` are the scorer's."""

    evaluation = models.ForeignKey(
        "evaluation.Evaluation", models.CASCADE, related_name="predictions"
    )
    revision = models.ForeignKey("authoring.Revision", models.PROTECT, related_name="predictions")
    output = models.TextField()
    ended = models.CharField(max_length=6, choices=Ended)
    error = models.TextField(blank=True)
    error_said = models.JSONField(null=True)
    """Its parts, by which `why` tells it; null of what was stored before, and where there is none."""
    prompt_text = models.TextField()
    """The exact text that the model saw."""
    prompt_tokens = models.PositiveIntegerField()
    output_tokens = models.PositiveIntegerField()
    label_logprobs = models.JSONField(null=True)
    """Of a classifier: the log-probability of each label that its head knows, in nats, whatever the
    temperature it answered at. Null of models that write."""
    label = models.CharField(max_length=200, blank=True)
    """The parsed label of a classification; empty when it could not be parsed."""
    reference_label = models.CharField(max_length=200, blank=True)
    correct = models.BooleanField(null=True)
    values = models.JSONField(default=dict)
    """Per-example values of each metric: {"token_f1": 0.5}"""

    objects = PredictionQuerySet.as_manager()

    class Meta:
        ordering = ["evaluation_id", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "revision"], name="one_prediction_a_revision"
            )
        ]
        indexes = [
            models.Index(fields=["evaluation", "reference_label", "label"], name="prediction_cell"),
            models.Index(fields=["evaluation", "correct"], name="prediction_correct"),
        ]

    def __str__(self) -> str:
        return f"{self.evaluation_id}: {self.output[:40]}"

    @property
    def why(self) -> str:
        """The error in the reader's language; empty where there is none."""
        return told(self.error_said or self.error)
