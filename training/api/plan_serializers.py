"""What stands before a launch, over REST."""

from typing import Any

from rest_framework import serializers

from engine.settings import options
from training.api.start_serializer import StartSerializer
from training.models import Calibration

DTYPES = next(one.choices for one in options("calibrate") if one.name == "dtype") or ()


class LaunchPlanRequestSerializer(StartSerializer):
    """The fields of a launch."""

    settings = serializers.DictField(required=False, default=dict)
    evaluate = serializers.BooleanField(required=False, default=True)


class CautionSerializer(serializers.Serializer):
    code = serializers.CharField()
    level = serializers.ChoiceField(choices=["accent", "warn", "bad"])
    message = serializers.CharField()
    remedy = serializers.CharField()


class PlanCountsSerializer(serializers.Serializer):
    exact = serializers.BooleanField(help_text="False while a large snapshot is being counted.")
    sampled = serializers.IntegerField()
    kept = serializers.IntegerField()
    left_out = serializers.IntegerField()
    shortened = serializers.IntegerField()
    dropped_turns = serializers.IntegerField()
    dropped_sentences = serializers.IntegerField()
    max_length = serializers.IntegerField()
    prompt_tokens = serializers.IntegerField(help_text="Of one pass over the train split.")
    label_tokens = serializers.IntegerField(help_text="Of one pass over the train split.")
    median = serializers.IntegerField()
    p95 = serializers.IntegerField()
    longest = serializers.IntegerField()
    longest_response = serializers.IntegerField()
    languages = serializers.DictField(child=serializers.IntegerField())
    tokens = serializers.IntegerField(source="work.tokens", help_text="Of the whole run.")
    trained_tokens = serializers.IntegerField(source="work.label_tokens")
    computed_tokens = serializers.SerializerMethodField(
        help_text="After shared beginnings, padding included."
    )
    too_long = serializers.ListField(child=serializers.IntegerField())
    cut = serializers.ListField(child=serializers.IntegerField())

    def get_computed_tokens(self, counts: Any) -> int:
        return round(counts.work.passes.tokens)


class ExpectedSerializer(serializers.Serializer):
    seconds = serializers.FloatField(help_text="Training and evaluations.")
    training_seconds = serializers.FloatField(source="run.seconds")
    evaluation_seconds = serializers.FloatField(source="evaluations")
    evaluations = serializers.IntegerField(source="evaluation_count")
    memory_bytes = serializers.IntegerField(source="run.memory_bytes")
    checkpoint_bytes = serializers.IntegerField(source="run.checkpoint_bytes")
    machine = serializers.CharField(source="calibration.machine")
    measured_at = serializers.DateTimeField(source="calibration.measured_at")


class PieceSerializer(serializers.Serializer):
    text = serializers.CharField()
    tokens = serializers.IntegerField()
    special = serializers.BooleanField()
    trained = serializers.BooleanField()
    ids = serializers.ListField(child=serializers.IntegerField())


class ExampleSerializer(serializers.Serializer):
    pair = serializers.IntegerField()
    tokens = serializers.IntegerField()
    trained = serializers.IntegerField()
    dropped_turns = serializers.IntegerField()
    dropped_sentences = serializers.IntegerField()
    pieces = PieceSerializer(many=True)


class RunPlanSerializer(serializers.Serializer):
    """`expected` is null until a worker has measured the model: see /base-models/{id}/calibrations/."""

    rows = serializers.DictField(source="plan.rows", child=serializers.IntegerField())
    steps = serializers.IntegerField(source="plan.steps")
    checkpoints = serializers.IntegerField(source="plan.checkpoints")
    disk_bytes = serializers.IntegerField(source="plan.disk_bytes")
    counts = PlanCountsSerializer(source="plan.counts", allow_null=True)
    expected = ExpectedSerializer(source="plan.expected", allow_null=True)
    warnings = CautionSerializer(source="plan.warnings", many=True)
    examples = serializers.SerializerMethodField()

    def get_examples(self, both: dict[str, Any]) -> list[dict[str, Any]]:
        seen = both["examples"].seen if both["examples"] else []
        return [dict(one) for one in ExampleSerializer(seen, many=True).data]


class AdvisedSerializer(serializers.Serializer):
    name = serializers.CharField(help_text="method, start, or a setting of the method.")
    value = serializers.JSONField()
    shown = serializers.CharField()
    why = serializers.CharField()


class AdviceSerializer(serializers.Serializer):
    rows = serializers.IntegerField(source="facts.rows")
    kinds = serializers.ListField(source="facts.kinds", child=serializers.CharField())
    languages = serializers.DictField(source="facts.languages", child=serializers.IntegerField())
    memory_bytes = serializers.IntegerField(source="facts.memory")
    advised = AdvisedSerializer(many=True)


class CalibrationRequestSerializer(serializers.Serializer):
    tuning = serializers.CharField(max_length=12, required=False, default="", allow_blank=True)
    dtype = serializers.ChoiceField(choices=DTYPES, required=False, default="auto")
    again = serializers.BooleanField(required=False, default=False)


class CalibrationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Calibration
        fields = [
            *("id", "base_model", "tuning", "dtype", "state", "machine", "values", "failure"),
            *("correction", "runs", "asked_at", "measured_at"),
        ]
