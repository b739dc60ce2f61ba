"""What stands before a launch, over REST."""

from typing import Any

from rest_framework import serializers

from authoring.api.serializers import strict
from engine.settings import options
from training.api.failures import ReasonSerializer
from training.api.start_serializer import StartSerializer
from training.models import Calibration, CalibrationState

DTYPES = next(one.choices for one in options("calibrate") if one.name == "dtype") or ()


class LaunchPlanRequestSerializer(StartSerializer):
    """The fields of a launch. Name, chain and what is kept of its checkpoints cost nothing beforehand: they
    may be sent along, and are not looked at."""

    settings = serializers.DictField(required=False, default=dict)
    evaluate = serializers.BooleanField(required=False, default=True)
    name = serializers.CharField(required=False, allow_blank=True)
    keep_best = serializers.IntegerField(required=False)
    then = serializers.ListField(required=False)


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
    seconds_low = serializers.FloatField(source="seconds_between.low")
    seconds_high = serializers.FloatField(source="seconds_between.high")
    memory_bytes = serializers.IntegerField(source="run.memory_bytes")
    memory_bytes_low = serializers.FloatField(source="memory_between.low")
    memory_bytes_high = serializers.FloatField(source="memory_between.high")
    checkpoint_bytes = serializers.IntegerField(source="run.checkpoint_bytes")
    machine = serializers.CharField(source="calibration.machine")
    measured_at = serializers.DateTimeField(source="calibration.measured_at")


class BasisSerializer(serializers.Serializer):
    """What time and memory are based on."""

    state = serializers.ChoiceField(
        choices=["none", *CalibrationState.values],
        help_text="none: no worker has measured this model with such settings; POST to "
        "/base-models/{id}/calibrations/ asks for it.",
    )
    calibration = serializers.IntegerField(source="calibration.pk", default=None)
    machine = serializers.CharField(source="calibration.machine", default="")
    measured_at = serializers.DateTimeField(source="calibration.measured_at", default=None)
    settings = serializers.JSONField(
        source="calibration.settings",
        default=dict,
        help_text="Those, not at their default, that it was measured with beside tuning and dtype.",
    )
    correction = serializers.FloatField(source="calibration.correction", default=1.0)
    measuring_seconds = serializers.FloatField(
        source="seconds", help_text="What a measurement takes once a worker is free."
    )
    runs = serializers.IntegerField(
        help_text="Finished runs that the interval of the time stands on; 0: the benchmark's 25 %."
    )
    time_low = serializers.FloatField(source="time.low", help_text="Share of the seconds said.")
    time_high = serializers.FloatField(source="time.high")
    memory_low = serializers.FloatField(source="memory.low")
    memory_high = serializers.FloatField(source="memory.high")


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
    basis = BasisSerializer(source="plan.basis", allow_null=True)
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


class CalibrationRequestSerializer(strict.Request):
    tuning = serializers.CharField(max_length=12, required=False, default="", allow_blank=True)
    dtype = serializers.ChoiceField(choices=DTYPES, required=False, default="auto")
    settings = serializers.DictField(
        required=False,
        default=dict,
        help_text="A run's settings: those that need a measurement of their own are taken from it.",
    )
    again = serializers.BooleanField(required=False, default=False)


class CalibrationSerializer(serializers.ModelSerializer):
    failure = ReasonSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Calibration
        fields = [
            *(
                "id",
                "base_model",
                "tuning",
                "dtype",
                "settings",
                "state",
                "machine",
                "values",
                "failure",
            ),
            *("correction", "runs", "asked_at", "measured_at"),
        ]
