"""Snapshots, plans of snapshots, and what they hold."""

from typing import Any

from rest_framework import serializers

from authoring.api.serializers.pairs import RevisionSerializer
from authoring.api.serializers.strict import Request, Text
from authoring.models import Reason, Snapshot, SnapshotItem
from authoring.snapshot_settings import LEAK_RULES, SPLIT_RULES, SnapshotSettings


class CountSerializer(serializers.Serializer):
    rows = serializers.IntegerField()
    tasks = serializers.DictField(child=serializers.IntegerField())
    languages = serializers.DictField(child=serializers.IntegerField())
    labels = serializers.DictField(child=serializers.IntegerField())


class CountsSerializer(serializers.Serializer):
    train = CountSerializer()
    validation = CountSerializer()
    test = CountSerializer()


class LeftOutSerializer(serializers.Serializer):
    reason = serializers.ChoiceField(choices=Reason.choices)
    count = serializers.IntegerField()
    pairs = serializers.ListField(child=serializers.IntegerField(), help_text="The first twenty.")


class LeakSerializer(serializers.Serializer):
    """A pair in train that says what a pair in test says."""

    train = serializers.IntegerField()
    test = serializers.IntegerField()
    similarity = serializers.FloatField()
    exact = serializers.BooleanField()


class SnapshotSerializer(serializers.ModelSerializer):
    project = serializers.CharField(source="project.slug")
    created_by = serializers.CharField()
    settings = serializers.DictField()
    counts = CountsSerializer()
    left_out = LeftOutSerializer(many=True)
    leak_count = serializers.SerializerMethodField()

    class Meta:
        model = Snapshot
        fields = [
            *("id", "project", "number", "name", "note", "content_hash", "parent", "settings"),
            *("counts", "left_out", "leak_count", "created_by", "created_at"),
        ]

    def get_leak_count(self, snapshot: Snapshot) -> int:
        return len(snapshot.leaks)


class SnapshotDetailSerializer(SnapshotSerializer):
    leaks = LeakSerializer(many=True)

    class Meta(SnapshotSerializer.Meta):
        fields = [*SnapshotSerializer.Meta.fields, "leaks"]


class PlanSerializer(serializers.Serializer):
    """What freezing with these settings would hold."""

    content_hash = serializers.CharField()
    counts = CountsSerializer()
    left_out = LeftOutSerializer(many=True)
    leaks = LeakSerializer(many=True)


class FractionsSerializer(serializers.Serializer):
    train = serializers.FloatField(min_value=0, max_value=1)
    validation = serializers.FloatField(min_value=0, max_value=1)
    test = serializers.FloatField(min_value=0, max_value=1)


class SettingsRequest(Request):
    """What decides a snapshot; what is left out takes its default."""

    tasks = serializers.ListField(child=serializers.SlugField(), required=False)
    languages = serializers.ListField(child=serializers.CharField(), required=False)
    split_rule = serializers.ChoiceField(choices=SPLIT_RULES, required=False)
    fractions = FractionsSerializer(required=False)
    seed = serializers.IntegerField(required=False)
    threshold = serializers.FloatField(
        required=False, help_text="Similarity of near-duplicates; 1 looks for exact ones only."
    )
    leaks = serializers.ChoiceField(choices=LEAK_RULES, required=False)
    longest = serializers.IntegerField(required=False, help_text="Characters of a pair.")

    def settings(self, defaults: SnapshotSettings) -> SnapshotSettings:
        """The settings asked for, over the project's defaults. Raises Invalid by field."""
        known: dict[str, Any] = {
            name: value
            for name, value in self.validated_data.items()
            if name not in {"name", "note"}
        }
        return SnapshotSettings.of(defaults.as_json() | known)


class SnapshotRequest(SettingsRequest):
    name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    note = Text(required=False, default="")


class SuccessorRequest(Request):
    near = serializers.BooleanField(
        default=False, help_text="Drop near-duplicates too, not only exact ones."
    )


class ItemSerializer(serializers.ModelSerializer):
    revision = RevisionSerializer()

    class Meta:
        model = SnapshotItem
        fields = ["position", "split", "group", "revision"]
