"""What searches look like over REST."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from authoring.api.serializers import strict
from evaluation.models import Search, Trial
from training.api.failures import ReasonSerializer
from training.api.start_serializer import StartSerializer
from training.states import Want


class HaltedSerializer(ReasonSerializer):
    """Why a search paused by itself, or a trial failed."""


class TrialSerializer(serializers.ModelSerializer):
    failure = HaltedSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Trial
        fields = [
            *("id", "search", "number", "settings", "run", "evaluation", "state", "value", "low"),
            *("high", "n", "reported", "pruned_at", "failure", "created_at"),
        ]


class SearchSerializer(serializers.ModelSerializer):
    project = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    snapshot_number = serializers.IntegerField(source="snapshot.number", read_only=True)
    space = serializers.JSONField(source="space_json", read_only=True)
    maximise = serializers.BooleanField(source="objective.maximise", read_only=True)
    trials = serializers.IntegerField(source="budget", read_only=True)
    asked = serializers.IntegerField(
        read_only=True, help_text="How many trials were asked for so far."
    )
    halted = HaltedSerializer(read_only=True, allow_null=True)
    best = serializers.SerializerMethodField()
    created_by = serializers.CharField(read_only=True)

    class Meta:
        model = Search
        fields = [
            *("id", "project", "number", "name", "state", "method", "base_model", "checkpoint"),
            *("snapshot", "snapshot_number", "fixed", "space", "metric", "slice", "maximise"),
            *("trials", "asked", "at_once", "seed", "pruning", "keep", "tried_out", "halted"),
            *("best", "importances", "created_by", "created_at", "finished_at"),
        ]

    def get_best(self, search: Search) -> TrialSerializer(allow_null=True):
        best = search.best()
        return None if best is None else TrialSerializer(best).data


class BeginSerializer(StartSerializer):
    """Exactly one of `base_model` and `checkpoint`. `space`: see /methods/{method}/space/; `fixed`:
    the settings that are the same in every trial. Without `metric` the most telling one is taken."""

    space = serializers.DictField(
        help_text='{"learning_rate": {"low": 1e-5, "high": 1e-2, "log": true}, "lora_rank": {"choices": [8, 16]}}'
    )
    fixed = serializers.DictField(required=False, default=dict)
    metric = serializers.CharField(max_length=40, required=False, default="", allow_blank=True)
    slice = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    trials = serializers.IntegerField(required=False, default=20)
    at_once = serializers.IntegerField(required=False, default=1)
    seed = serializers.IntegerField(required=False, default=17)
    pruning = serializers.BooleanField(required=False, default=True)
    keep = serializers.IntegerField(required=False, default=3)
    name = serializers.CharField(max_length=100, required=False, default="", allow_blank=True)


class SearchWantSerializer(strict.Request):
    """Either or both."""

    wants = serializers.ChoiceField(choices=Want.choices, required=False)
    trials = serializers.IntegerField(required=False, help_text="Let there be so many in all.")

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        if not asked:
            raise serializers.ValidationError({"wants": [_("Say wants, trials, or both.")]})
        return asked


class DimensionSerializer(serializers.Serializer):
    name = serializers.CharField()
    type = serializers.CharField()
    default = serializers.JSONField()
    help = serializers.CharField()
    ge = serializers.FloatField(allow_null=True)
    le = serializers.FloatField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField(), allow_null=True)
    suggested = serializers.JSONField(help_text="As `space` takes it.")
