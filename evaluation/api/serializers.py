"""What evaluation looks like over REST. Reading only: `EvaluationRequest` is all that comes in."""

from typing import Any

from rest_framework import serializers

from authoring.api.serializers import strict
from authoring.models import Project, Snapshot, Split
from evaluation.models import Comparison, Evaluation, Prediction, Score
from training.api.failures import FailureSerializer, ReasonSerializer
from training.models import BaseModel, Checkpoint


class ScoreSerializer(serializers.ModelSerializer):
    smaller_is_better = serializers.BooleanField(read_only=True)

    class Meta:
        model = Score
        fields = [
            *("id", "evaluation", "metric", "slice", "value", "low", "high", "n", "settings"),
            "smaller_is_better",
        ]


class EvaluationSerializer(serializers.ModelSerializer):
    project = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    subject = serializers.CharField(read_only=True)
    run = serializers.IntegerField(source="checkpoint.run_id", read_only=True, allow_null=True)
    step = serializers.IntegerField(source="checkpoint.step", read_only=True, allow_null=True)
    failure = FailureSerializer(read_only=True, allow_null=True)
    scoring_failure = ReasonSerializer(read_only=True, allow_null=True)
    created_by = serializers.CharField(read_only=True)

    class Meta:
        model = Evaluation
        fields = [
            *("id", "project", "subject", "base_model", "checkpoint", "run", "step", "snapshot"),
            *("split", "settings", "settings_hash", "rows", "state", "failure", "scored_at"),
            *("scoring_failure", "created_by", "created_at", "started_at", "finished_at"),
        ]


class EvaluationDetailSerializer(EvaluationSerializer):
    """With its scores and, once the runner wrote it, everything needed to repeat it."""

    scores = ScoreSerializer(many=True, read_only=True)

    class Meta(EvaluationSerializer.Meta):
        fields = [*EvaluationSerializer.Meta.fields, "spec", "scores"]


class EvaluationRequestSerializer(strict.Request):
    """Exactly one of `checkpoint` and `base_model`. `settings`: those of `predict`."""

    snapshot = serializers.PrimaryKeyRelatedField(queryset=Snapshot.objects.none())
    split = serializers.ChoiceField(choices=Split.choices, default=Split.TEST)
    checkpoint = serializers.PrimaryKeyRelatedField(
        queryset=Checkpoint.objects.none(), required=False, allow_null=True
    )
    base_model = serializers.PrimaryKeyRelatedField(
        queryset=BaseModel.objects.all(), required=False, allow_null=True
    )
    settings = serializers.DictField(
        required=False, help_text="max_new_tokens, temperature, … ; what is left out has a default."
    )
    again = serializers.BooleanField(
        default=False,
        help_text="Put the questions to the model anew where it has answered them already. Predictions and "
        "scores stay until the new answers are in.",
    )

    def get_fields(self) -> dict[str, Any]:
        """What a person may not see can't be named by them either."""
        fields = super().get_fields()
        request = self.context.get("request")
        if request is not None and request.user.is_authenticated:
            projects = Project.objects.for_user(request.user)
            fields["snapshot"].queryset = Snapshot.objects.filter(project__in=projects)
            fields["checkpoint"].queryset = Checkpoint.objects.filter(run__project__in=projects)
        return fields


class PredictionSerializer(serializers.ModelSerializer):
    pair = serializers.IntegerField(source="revision.pair_id", read_only=True)
    task = serializers.CharField(source="revision.pair.task.slug", read_only=True)
    language = serializers.CharField(source="revision.language", read_only=True)
    author = serializers.CharField(source="revision.author", read_only=True)
    instruction = serializers.CharField(source="revision.instruction", read_only=True)
    reference = serializers.CharField(source="revision.response", read_only=True)
    error = serializers.CharField(source="why", read_only=True)
    label_logprobs = serializers.DictField(
        child=serializers.FloatField(),
        read_only=True,
        allow_null=True,
        help_text="Of a classifier: the log-probability of each label, in nats; else null.",
    )

    class Meta:
        model = Prediction
        fields = [
            *("id", "evaluation", "revision", "pair", "task", "language", "author", "instruction"),
            *("prompt_text", "output", "reference", "ended", "error", "prompt_tokens"),
            *("output_tokens", "label", "reference_label", "correct", "values", "label_logprobs"),
        ]


class ComparisonSerializer(serializers.ModelSerializer):
    smaller_is_better = serializers.BooleanField(read_only=True)

    class Meta:
        model = Comparison
        fields = [
            *("first", "second", "metric", "slice", "first_value", "second_value", "delta"),
            *("low", "high", "p", "test", "n", "settings", "smaller_is_better"),
        ]


class ConfusionSerializer(serializers.Serializer):
    """`rows[i][j]` outputs of true label `labels[i]` named `columns[j]`; "" is unparsed."""

    task = serializers.CharField(source="task.slug")
    labels = serializers.ListField(child=serializers.CharField())
    columns = serializers.ListField(child=serializers.CharField(allow_blank=True))
    rows = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    n = serializers.IntegerField()


class BinSerializer(serializers.Serializer):
    start = serializers.FloatField()
    end = serializers.FloatField(help_text="Confidences in (start, end].")
    n = serializers.IntegerField()
    confidence = serializers.FloatField(allow_null=True, help_text="The answers' mean.")
    accuracy = serializers.FloatField(allow_null=True, help_text="The share that is right.")
    low = serializers.FloatField(allow_null=True, help_text="Of the accuracy, by Wilson.")
    high = serializers.FloatField(allow_null=True)


class ReliabilitySerializer(serializers.Serializer):
    """Answers by how sure the model was of the likeliest label, and how often it was right."""

    task = serializers.CharField(
        allow_blank=True, help_text="Empty where the split holds one task alone."
    )
    n = serializers.IntegerField(source="score.n")
    ece = serializers.FloatField(source="score.value", allow_null=True)
    low = serializers.FloatField(source="score.low", allow_null=True)
    high = serializers.FloatField(source="score.high", allow_null=True)
    bins = BinSerializer(many=True)


class LineSerializer(serializers.Serializer):
    name = serializers.CharField()
    points = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField()), help_text="[[step, value], …]"
    )
    low = serializers.ListField(child=serializers.FloatField(allow_null=True))
    high = serializers.ListField(child=serializers.FloatField(allow_null=True))


class BoardRowSerializer(serializers.Serializer):
    evaluation = EvaluationSerializer()
    scores = serializers.DictField(child=ScoreSerializer())
    gain = ComparisonSerializer(allow_null=True, help_text="Against the untrained model, paired.")
    best = serializers.BooleanField()


class DashboardSerializer(serializers.Serializer):
    """Every model measured on one split, and the chosen metric as lines over steps."""

    snapshot = serializers.IntegerField(source="view.snapshot.pk")
    split = serializers.CharField(source="view.split")
    settings_hash = serializers.CharField(source="view.settings_hash")
    slice = serializers.CharField(source="view.slice", allow_blank=True)
    metric = serializers.CharField(source="view.metric", allow_blank=True)
    smaller_is_better = serializers.BooleanField(source="view.smaller_is_better")
    metrics = serializers.ListField(child=serializers.CharField())
    slices = serializers.ListField(child=serializers.CharField(allow_blank=True))
    rows = BoardRowSerializer(many=True)
    series = LineSerializer(many=True)
