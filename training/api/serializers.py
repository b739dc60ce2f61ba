"""What training looks like over REST."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from authoring.api.serializers import strict
from authoring.models import Snapshot
from training import export_forms, workers
from training.actions.checkpoints import MOST_KEPT
from training.api.deeds import DeedSerializer
from training.api.failures import FailureSerializer
from training.models import (
    BaseModel,
    Checkpoint,
    Forecast,
    Form,
    IfFailed,
    LogChunk,
    Method,
    Point,
    Run,
    Sample,
    Source,
    Takes,
)
from training.models.base_model import Architecture
from training.star import star_of
from training.states import JobState, Want


class BaseModelSerializer(serializers.ModelSerializer):
    added_by = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = BaseModel
        fields = [
            *("id", "name", "slug", "source", "reference", "architecture", "parameters"),
            *("licence", "note", "overrides", "added_by", "created_at"),
        ]


class BaseModelRequestSerializer(strict.Request):
    """`reference`: a folder's name under STUDIO_HOME/models, or a Hugging Face id; for `scratch`
    there is none, and `overrides` may change the preset's shape."""

    source = serializers.ChoiceField(choices=[Source.FOLDER, Source.HUB, Source.SCRATCH])
    reference = serializers.CharField(max_length=200, required=False, default="")
    name = serializers.CharField(max_length=150, required=False, default="")
    licence = serializers.CharField(max_length=100, required=False, default="")
    architecture = serializers.ChoiceField(
        choices=Architecture.choices,
        required=False,
        default=Architecture.DECODER,
        help_text="Of a Hugging Face id or a preset; a folder's is told from its config.json.",
    )
    overrides = serializers.DictField(child=serializers.IntegerField(), required=False)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        needed = "name" if asked["source"] == Source.SCRATCH else "reference"
        if not asked[needed]:
            raise serializers.ValidationError({needed: [_("This is needed.")]})
        return asked


class WarningSerializer(serializers.Serializer):
    message = serializers.CharField()
    remedy = serializers.CharField()


class WorkersSerializer(serializers.Serializer):
    broker = serializers.BooleanField()
    device = serializers.BooleanField()
    queued = serializers.IntegerField()
    live = serializers.IntegerField()
    warnings = WarningSerializer(many=True)


class RunSerializer(serializers.ModelSerializer):
    project = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    base_model_name = serializers.CharField(source="base_model.name", read_only=True)
    snapshot_number = serializers.IntegerField(source="snapshot.number", read_only=True)
    attempt = serializers.IntegerField(source="fence", read_only=True)
    failure = FailureSerializer(read_only=True, allow_null=True)
    created_by = serializers.CharField(read_only=True)
    checkpoint_bytes = serializers.SerializerMethodField(
        help_text="What its checkpoints take on the disk."
    )

    class Meta:
        model = Run
        fields = [
            *("id", "project", "number", "name", "method", "base_model", "base_model_name"),
            *("parent", "snapshot", "snapshot_number", "settings", "evaluate", "state", "wants"),
            *(
                "after",
                "takes",
                "if_failed",
                "keep_best",
                "checkpoint_bytes",
                "priority",
                "devices",
            ),
            *("step", "total_steps", "seconds_left", "attempt", "failure", "best_checkpoint"),
            *("created_by", "created_at", "queued_at", "started_at", "finished_at"),
        ]

    def get_checkpoint_bytes(self, run: Run) -> int:
        return run.bytes_of_checkpoints()


class ForecastSerializer(serializers.ModelSerializer):
    """What was said before the run, and what it took."""

    class Meta:
        model = Forecast
        fields = ["steps", "tokens", "seconds", "memory_bytes", "real_seconds"]


class StarSerializer(serializers.Serializer):
    """What the best checkpoint was chosen by, and how sure that is."""

    rows = serializers.IntegerField(help_text="Of the validation split, at most.")
    name = serializers.CharField(help_text="The share that decided; empty: several, or the loss.")
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(source="interval.low", allow_null=True)
    high = serializers.FloatField(source="interval.high", allow_null=True)
    rivals = serializers.IntegerField(help_text="Other checkpoints whose value lies within it.")


class RunDetailSerializer(RunSerializer):
    """With its place in the queue, what keeps it waiting, and spec.json once it was written."""

    jobs_ahead = serializers.SerializerMethodField()
    followers = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    deeds = DeedSerializer(many=True, read_only=True)
    warnings = serializers.SerializerMethodField()
    forecast = serializers.SerializerMethodField()
    best_by = serializers.SerializerMethodField()

    class Meta(RunSerializer.Meta):
        fields = [
            *RunSerializer.Meta.fields,
            *("jobs_ahead", "followers", "deeds", "warnings", "forecast", "spec", "best_by"),
        ]

    @extend_schema_field(StarSerializer(allow_null=True))
    def get_best_by(self, run: Run) -> dict[str, Any] | None:
        found = star_of(run, run.checkpoints.all())
        return dict(StarSerializer(found).data) if found else None

    @extend_schema_field(ForecastSerializer(allow_null=True))
    def get_forecast(self, run: Run) -> dict[str, Any] | None:
        found = Forecast.objects.filter(run=run).first()
        return dict(ForecastSerializer(found).data) if found else None

    def get_jobs_ahead(self, run: Run) -> int | None:
        return run.jobs_ahead() if run.state == JobState.QUEUED else None

    def get_warnings(self, run: Run) -> list[dict[str, str]]:
        found = workers.status().warnings if run.state == JobState.QUEUED else []
        return [dict(WarningSerializer(one).data) for one in found]


class NextSerializer(strict.Request):
    """One more run of a chain: it waits for the checkpoint of the one before it."""

    method = serializers.ChoiceField(choices=Method.choices)
    settings = serializers.DictField(required=False)
    name = serializers.CharField(max_length=120, required=False, allow_blank=True)
    evaluate = serializers.BooleanField(required=False)
    takes = serializers.ChoiceField(choices=Takes.choices, required=False)
    if_failed = serializers.ChoiceField(choices=IfFailed.choices, required=False)
    keep_best = serializers.IntegerField(min_value=0, max_value=MOST_KEPT, required=False)


class LaunchSerializer(strict.Request):
    """Exactly one of `base_model`, `checkpoint` and `after`, another run whose checkpoint it waits
    for. `settings`: see /methods/. `then`: the rest of a chain, launched with it or not at all.

    Or `like`: another run of the project, from which everything that is left out is taken.
    """

    like = serializers.PrimaryKeyRelatedField(queryset=Run.objects.none(), required=False)
    method = serializers.ChoiceField(choices=Method.choices, required=False)
    snapshot = serializers.PrimaryKeyRelatedField(queryset=Snapshot.objects.none(), required=False)
    base_model = serializers.PrimaryKeyRelatedField(
        queryset=BaseModel.objects.all(), required=False, allow_null=True
    )
    checkpoint = serializers.PrimaryKeyRelatedField(
        queryset=Checkpoint.objects.none(), required=False, allow_null=True
    )
    settings = serializers.DictField(required=False, default=dict)
    name = serializers.CharField(max_length=120, required=False, default="", allow_blank=True)
    evaluate = serializers.BooleanField(required=False)
    after = serializers.PrimaryKeyRelatedField(
        queryset=Run.objects.none(), required=False, allow_null=True
    )
    takes = serializers.ChoiceField(
        choices=Takes.choices, required=False, help_text="Which checkpoint of `after`."
    )
    if_failed = serializers.ChoiceField(
        choices=IfFailed.choices,
        required=False,
        help_text="What becomes of it when `after` fails or is stopped.",
    )
    keep_best = serializers.IntegerField(
        min_value=0,
        max_value=MOST_KEPT,
        required=False,
        help_text="Best checkpoints that keep their files, beside the last; 0 keeps all.",
    )
    then = NextSerializer(many=True, required=False)

    def get_fields(self) -> dict[str, Any]:
        """What a person may not see, or belongs to another project, can't be named."""
        fields = super().get_fields()
        if project := self.context.get("project"):
            fields["like"].queryset = Run.objects.filter(project=project)
            fields["after"].queryset = Run.objects.filter(project=project)
            fields["snapshot"].queryset = Snapshot.objects.filter(project=project)
            fields["checkpoint"].queryset = Checkpoint.objects.filter(run__project=project)
        return fields

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        missing = (
            [] if "like" in asked else [one for one in ("method", "snapshot") if one not in asked]
        )
        if missing:
            raise serializers.ValidationError({name: [_("This is needed.")] for name in missing})
        return asked


class WantSerializer(strict.Request):
    wants = serializers.ChoiceField(
        choices=Want.choices,
        required=False,
        help_text="stop; pause; run: go on after a pause, or try again after a stop or a failure.",
    )
    keep_best = serializers.IntegerField(min_value=0, max_value=MOST_KEPT, required=False)

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if not asked:
            raise serializers.ValidationError({"wants": [_("This is needed, or `keep_best`.")]})
        return asked


class CheckpointSerializer(serializers.ModelSerializer):
    best = serializers.SerializerMethodField()
    export_forms = serializers.SerializerMethodField(
        help_text="In which forms it can leave: `form` of a request to its exports."
    )

    class Meta:
        model = Checkpoint
        fields = [
            *("id", "run", "step", "layout", "sha256", "bytes", "values", "final", "best"),
            *("export_forms", "created_at", "deleted_at"),
        ]

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(Form.choices)))
    def get_export_forms(self, checkpoint: Checkpoint) -> list[str]:
        return [one.value for one in export_forms.offered(checkpoint)]

    def get_best(self, checkpoint: Checkpoint) -> bool:
        return checkpoint.run.best_checkpoint_id == checkpoint.pk


class PointSerializer(serializers.ModelSerializer):
    class Meta:
        model = Point
        fields = ["id", "name", "step", "value"]


class LogChunkSerializer(serializers.ModelSerializer):
    attempt = serializers.IntegerField(source="fence")

    class Meta:
        model = LogChunk
        fields = ["id", "attempt", "offset", "text", "created_at"]


class SampleSerializer(serializers.ModelSerializer):
    class Meta:
        model = Sample
        fields = [
            *("id", "step", "position", "revision", "prompt", "output", "reference", "score"),
            "values",
        ]


class OptionSerializer(serializers.Serializer):
    """One setting of a method, as `engine.settings` declares it."""

    name = serializers.CharField()
    type = serializers.CharField(source="type.__name__", help_text="int, float, str or bool")
    default = serializers.JSONField()
    help = serializers.CharField()
    minimum = serializers.FloatField(source="ge", allow_null=True)
    maximum = serializers.FloatField(source="le", allow_null=True)
    choices = serializers.ListField(child=serializers.CharField(), allow_null=True)
    more = serializers.BooleanField(help_text="Seldom changed.")


class MethodSerializer(serializers.Serializer):
    method = serializers.CharField()
    title = serializers.CharField()
    settings = OptionSerializer(many=True)
