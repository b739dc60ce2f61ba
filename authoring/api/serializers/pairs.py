"""Pairs, their revisions, reviews, and deeds on many pairs at once."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from authoring.actions import bulk
from authoring.api.serializers.strict import Request, Text
from authoring.models import Pair, Project, Review, Revision, Task, Verdict


class TurnSerializer(serializers.Serializer):
    role = serializers.ChoiceField(choices=["user", "assistant"])
    content = Text()


class RevisionSerializer(serializers.ModelSerializer):
    parent = serializers.IntegerField(
        source="parent.number",
        allow_null=True,
        help_text="Number of the revision it was written on.",
    )
    author = serializers.CharField()
    instruction = serializers.CharField(help_text="The last user turn.")
    turns = TurnSerializer(many=True)
    references = serializers.ListField(child=serializers.CharField())
    tags = serializers.ListField(child=serializers.CharField())
    tests = serializers.CharField(help_text="A code pair's unit tests, from `extra`, as one text.")
    extra = serializers.DictField()

    class Meta:
        model = Revision
        fields = [
            *(
                "id",
                "pair",
                "number",
                "parent",
                "author",
                "system",
                "instruction",
                "turns",
                "input",
            ),
            *(
                "response",
                "references",
                "tests",
                "tags",
                "language",
                "source",
                "licence",
                "extra",
                "content_hash",
            ),
            "created_at",
        ]


class PairSerializer(serializers.ModelSerializer):
    project = serializers.CharField(source="project.slug")
    task = serializers.CharField(source="task.slug")
    author = serializers.CharField()
    head = RevisionSerializer()

    class Meta:
        model = Pair
        fields = [
            *("id", "project", "task", "author", "state", "head", "approved", "split", "origin"),
            *(
                "origin_row",
                "written_for",
                "created_at",
                "updated_at",
                "submitted_at",
                "deleted_at",
            ),
        ]


class WrittenSerializer(serializers.Serializer):
    """What came of a save. On a conflict `revision` holds the text beside `pair.head`."""

    pair = PairSerializer()
    revision = RevisionSerializer()
    conflict = serializers.BooleanField()
    warnings = serializers.DictField(child=serializers.CharField())


class RevisionRequest(Request):
    """A field left out keeps what revision `parent` has. `instruction` stands for one user turn."""

    parent = serializers.IntegerField(
        min_value=1, help_text="Number of the revision that the writer saw."
    )
    task = serializers.SlugField(required=False, help_text="Moves a pair that was never approved.")
    instruction = Text(required=False)
    system = Text(required=False)
    turns = TurnSerializer(many=True, required=False)
    input = Text(required=False)
    response = Text(required=False)
    references = serializers.ListField(child=Text(), required=False)
    tests = Text(required=False, help_text="Unit tests of a code pair; kept in `extra`.")
    tags = serializers.ListField(child=serializers.CharField(), required=False)
    language = serializers.CharField(max_length=10, required=False)
    source = Text(required=False)
    licence = Text(required=False)
    extra = serializers.DictField(required=False)


class PairRequest(RevisionRequest):
    """A new pair: `instruction` or `turns`, and a task."""

    parent = None
    task = serializers.SlugField()
    written_for = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        help_text="Id of the revision that a model answered wrongly, if this pair is because of it.",
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if "turns" not in given and "instruction" not in given:
            raise serializers.ValidationError({"instruction": [_("Give this, or turns.")]})
        return given


class BatchRequest(Request):
    deed = serializers.ChoiceField(choices=sorted(bulk.UNDO))
    pairs = serializers.ListField(
        child=serializers.IntegerField(), allow_empty=False, max_length=bulk.LIMIT
    )
    tag = serializers.CharField(required=False, default="", help_text="For tag and untag.")


class BatchSerializer(serializers.Serializer):
    """To take it back, send `undo` as the deed for the pairs in `done`."""

    deed = serializers.CharField()
    done = serializers.ListField(child=serializers.IntegerField())
    refused = serializers.DictField(child=serializers.CharField(), help_text="Pair → why not.")
    undo = serializers.CharField()
    tag = serializers.CharField()


class ReviewSerializer(serializers.ModelSerializer):
    pair = serializers.IntegerField(source="revision.pair_id")
    reviewer = serializers.CharField()
    number = serializers.IntegerField(source="revision.number")
    ratings = serializers.DictField(child=serializers.IntegerField())
    history = serializers.ListField(child=serializers.DictField())
    independent = serializers.BooleanField(
        help_text="False where reviewer and writer let one another in by an invitation."
    )

    class Meta:
        model = Review
        fields = [
            *("id", "pair", "revision", "number", "reviewer", "verdict", "ratings", "comment"),
            *("bulk", "history", "independent", "created_at", "updated_at"),
        ]


class ReviewRequest(Request):
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    ratings = serializers.DictField(
        child=serializers.IntegerField(min_value=1, max_value=5), required=False
    )
    comment = Text(required=False)


class JudgedSerializer(serializers.Serializer):
    review = ReviewSerializer()
    pair = PairSerializer()


class ClaimRequest(Request):
    after = serializers.IntegerField(
        required=False, help_text="Go on behind this pair, as after skipping it."
    )


class ClaimSerializer(serializers.Serializer):
    pair = PairSerializer()
    expires_at = serializers.DateTimeField()


def question_of(pk: int | None, project: Project) -> Revision | None:
    """The revision of this id. Raises ValidationError at `written_for`."""
    if pk is None:
        return None
    revision = Revision.objects.filter(pair__project=project, pk=pk).first()
    if revision is None:
        raise serializers.ValidationError({"written_for": ["The project has no such revision."]})
    return revision


def task_of(slug: str, tasks: Any) -> Task:
    """The task of this address. Raises ValidationError at `task`."""
    task = tasks.filter(slug=slug).first()
    if task is None:
        raise serializers.ValidationError({"task": [_("The project has no such task.")]})
    return task
