"""Imports and their reports."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from authoring.api.serializers.strict import Request
from authoring.formats import FORMATS
from authoring.models import Import, Review


class ProblemSerializer(serializers.Serializer):
    """What is wrong with a row, or (row null) with the file."""

    row = serializers.IntegerField(allow_null=True)
    field = serializers.CharField()
    level = serializers.ChoiceField(choices=["error", "warning"])
    problem = serializers.CharField()
    remedy = serializers.CharField()


class ImportSerializer(serializers.ModelSerializer):
    project = serializers.CharField(source="project.slug")
    task = serializers.CharField(source="task.slug")
    created_by = serializers.CharField()
    error = serializers.CharField(help_text="Why the file as a whole failed; else empty.")
    failure = serializers.CharField(
        help_text="What ended it, as a code; `fault`: the studio broke, and `check` tries again. Else empty."
    )
    sample = serializers.ListField(child=serializers.DictField(), help_text="The first rows.")

    class Meta:
        model = Import
        fields = [
            *("id", "project", "task", "created_by", "state", "filename", "format", "encoding"),
            *("language", "submit", "rows_good", "rows_bad", "rows_done", "warnings", "error"),
            *("failure", "sample", "created_at", "committed_at"),
        ]


class BulkApprovalSerializer(serializers.Serializer):
    reviewer = serializers.CharField()
    pairs = serializers.IntegerField()
    at = serializers.DateTimeField(help_text="When the latest of them was given.")


class ImportDetailSerializer(ImportSerializer):
    bulk_approvals = serializers.SerializerMethodField(
        help_text="Who approved pairs of it in bulk. Blind: not before your own verdict."
    )

    class Meta(ImportSerializer.Meta):
        fields = [*ImportSerializer.Meta.fields, "bulk_approvals"]

    @extend_schema_field(BulkApprovalSerializer(many=True))
    def get_bulk_approvals(self, found: Import) -> list[dict[str, Any]]:
        seen = Review.objects.visible_to(self.context["request"].user)
        return list(BulkApprovalSerializer(seen.of_import(found), many=True).data)


class ImportRequest(Request):
    """A file of JSON lines, one JSON list, CSV or TSV, plain or gzipped."""

    file = serializers.FileField(allow_empty_file=True)
    task = serializers.SlugField()
    format = serializers.ChoiceField(
        choices=sorted(FORMATS), required=False, help_text="Left out: found by the fields."
    )
    language = serializers.CharField(
        max_length=10, required=False, help_text="Of rows that name none. Left out: guessed."
    )
    submit = serializers.BooleanField(
        default=True, help_text="Whether complete pairs go straight to review."
    )


class ApprovalSerializer(serializers.Serializer):
    approved = serializers.IntegerField(help_text="Verdicts given, each recorded as bulk.")
