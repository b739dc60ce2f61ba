"""/projects/: a team's space, its members and its invitations."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from authoring.actions import people, projects
from authoring.api.access import DELETED, InProject, asked, asks_for_deleted
from authoring.api.people import link_response
from authoring.api.serializers.people import LinkSerializer
from authoring.api.serializers.projects import (
    InvitationRequest,
    InvitationSerializer,
    MemberRequest,
    MemberSerializer,
    ProjectRequest,
    ProjectSerializer,
)
from authoring.api.versions import Versioned, asks_version, tells_version
from authoring.models import AccessLink, Membership, Project
from authoring.permissions import require


@extend_schema_view(get=extend_schema(parameters=[DELETED]))
class Projects(generics.ListAPIView):
    """The projects that one may see, or those deleted ones that one may bring back."""

    serializer_class = ProjectSerializer
    queryset = Project.objects.none()

    def get_queryset(self) -> QuerySet[Project]:
        user = self.request.user
        deleted = asks_for_deleted(self.request)
        seen = Project.objects
        found = seen.restorable_by(user) if deleted else seen.for_user(user)
        return found.with_role_of(user)

    @extend_schema(request=ProjectRequest, responses={201: ProjectSerializer})
    def post(self, request: Request) -> Response:
        """A new project, owned by whoever makes it."""
        project = projects.create(by=request.user, **asked(ProjectRequest, request))
        answer = ProjectSerializer(project, context={"request": request})
        return Response(answer.data, status=status.HTTP_201_CREATED)


class ProjectDetail(Versioned):
    serializer_class = ProjectSerializer
    queryset = Project.objects.none()
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[Project]:
        return Project.objects.for_user(self.request.user)

    @tells_version(responses=ProjectSerializer)
    def get(self, request: Request, slug: str) -> Response:
        return self.answer(self.get_object())

    @asks_version(request=ProjectRequest(partial=True), responses={200: ProjectSerializer})
    def patch(self, request: Request, slug: str) -> Response:
        """Change what is given. The address stays."""
        given = ProjectRequest(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        with self.unchanged() as project:
            changed = projects.change(project=project, by=request.user, **given.validated_data)
        return self.answer(changed)

    @asks_version(responses={204: None})
    def delete(self, request: Request, slug: str) -> Response:
        """Hide the project from everybody; `restoration` brings all of it back. Its jobs save and leave
        their workers, and go on then."""
        with self.unchanged() as project:
            projects.delete(project=project, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Restoration(generics.GenericAPIView):
    serializer_class = ProjectSerializer

    @extend_schema(request=None, responses={201: ProjectSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Bring a deleted project back."""
        project = get_object_or_404(Project.objects.restorable_by(request.user), slug=slug)
        projects.restore(project=project, by=request.user)
        return Response(self.get_serializer(project).data, status=status.HTTP_201_CREATED)


class Members(InProject, generics.ListAPIView):
    """Who is in the project, and as what."""

    serializer_class = MemberSerializer
    queryset = Membership.objects.none()

    def get_queryset(self) -> QuerySet[Membership]:
        return self.project.memberships.select_related("user__let_in_by").order_by("id")


class Member(InProject):
    serializer_class = MemberSerializer

    @extend_schema(request=MemberRequest, responses=MemberSerializer)
    def put(self, request: Request, slug: str, person: int) -> Response:
        """Change a member's role. The last owner stays one."""
        role = asked(MemberRequest, request)["role"]
        changed = projects.set_role(
            project=self.project, user=self._member().user, role=role, by=request.user
        )
        return Response(self.get_serializer(changed).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, person: int) -> Response:
        """Take a member out, or leave. What they wrote stays."""
        projects.remove_member(project=self.project, user=self._member().user, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _member(self) -> Membership:
        members = self.project.memberships.select_related("user__let_in_by")
        return get_object_or_404(members, user_id=self.kwargs["person"])


class Invitations(InProject, generics.ListAPIView):
    """Invitations that still let somebody in. For those who manage the project."""

    serializer_class = InvitationSerializer
    queryset = AccessLink.objects.none()

    def get_queryset(self) -> QuerySet[AccessLink]:
        require(self.request.user, "manage", self.project)
        return self.project.invitations.usable().select_related("created_by").order_by("-id")

    @extend_schema(request=InvitationRequest, responses={201: LinkSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """Invite an address. The link works once, for seven days, and is shown in this answer only."""
        given = asked(InvitationRequest, request)
        return link_response(people.invite(project=self.project, by=request.user, **given))


class Invitation(InProject):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, slug: str, pk: int) -> Response:
        """Make an invitation worthless."""
        link = get_object_or_404(self.project.invitations, pk=pk)
        people.withdraw_invitation(link=link, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
