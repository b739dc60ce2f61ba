"""Projects, members, invitations and tasks."""

from rest_framework import serializers

from authoring.api.serializers.people import PersonSerializer
from authoring.api.serializers.strict import Request, Text
from authoring.models import AccessLink, Membership, Project, Task, TaskKind
from authoring.permissions import Role


class ProjectSerializer(serializers.ModelSerializer):
    role = serializers.SerializerMethodField(
        help_text="Of whoever asks; empty for the studio's owner."
    )

    class Meta:
        model = Project
        fields = [
            *("id", "slug", "name", "description", "guidelines", "approvals_required", "role"),
            *("independent_reviews", "created_at"),
        ]

    def get_role(self, project: Project) -> str:
        if not hasattr(project, "asked_role"):
            return project.role_of(self.context["request"].user) or ""
        return project.asked_role or ""


class ProjectRequest(Request):
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=300, required=False, allow_blank=True)
    guidelines = Text(required=False)
    approvals_required = serializers.IntegerField(min_value=1, max_value=20, required=False)
    independent_reviews = serializers.BooleanField(
        required=False,
        help_text="Nobody judges somebody whom they let in, or who let them in, by an invitation.",
    )


class MemberSerializer(serializers.ModelSerializer):
    person = PersonSerializer(source="user")
    let_in_by = serializers.CharField(
        source="user.let_in_by",
        allow_null=True,
        help_text="Who invited this account into the studio.",
    )

    class Meta:
        model = Membership
        fields = ["person", "role", "let_in_by", "created_at"]


class MemberRequest(Request):
    role = serializers.ChoiceField(choices=Role.choices)


class InvitationSerializer(serializers.ModelSerializer):
    created_by = serializers.CharField(read_only=True, allow_null=True)

    class Meta:
        model = AccessLink
        fields = ["id", "email", "role", "created_by", "created_at", "expires_at"]


class InvitationRequest(Request):
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=Role.choices)


class TaskSerializer(serializers.ModelSerializer):
    project = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    labels = serializers.ListField(child=serializers.CharField())
    metric = serializers.CharField(source="default_metric")
    reward = serializers.CharField(source="default_reward")

    class Meta:
        model = Task
        fields = [
            *("id", "project", "slug", "name", "kind", "guidelines", "instruction", "system"),
            *("input_form", "output_form", "labels", "metric", "reward", "position"),
        ]


class TaskRequest(Request):
    """`instruction` and `system` are what a new pair starts with, and what imported rows that have
    none take."""

    name = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=TaskKind.choices)
    guidelines = Text(required=False)
    instruction = Text(required=False)
    system = Text(required=False)
    input_form = serializers.CharField(max_length=300, required=False, allow_blank=True)
    output_form = serializers.CharField(max_length=300, required=False, allow_blank=True)
    labels = serializers.ListField(child=serializers.CharField(), required=False)
    metric = serializers.CharField(max_length=30, required=False, allow_blank=True)
    reward = serializers.CharField(max_length=30, required=False, allow_blank=True)
    position = serializers.IntegerField(min_value=0, max_value=32767, required=False)


class NewTaskRequest(TaskRequest):
    slug = serializers.SlugField(max_length=50, required=False, default="")
