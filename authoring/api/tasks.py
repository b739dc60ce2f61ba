"""/projects/{slug}/tasks/ and /tasks/{id}/: the kinds of instruction in a project."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from authoring.actions import project_tasks
from authoring.api.access import InProject, asked
from authoring.api.serializers.projects import NewTaskRequest, TaskRequest, TaskSerializer
from authoring.api.versions import Versioned, asks_version, tells_version
from authoring.models import Project, Task


class ProjectTasks(InProject, generics.ListAPIView):
    """The tasks of a project, in its order."""

    serializer_class = TaskSerializer
    queryset = Task.objects.none()

    def get_queryset(self) -> QuerySet[Task]:
        return self.project.tasks.select_related("project")

    @extend_schema(request=NewTaskRequest, responses={201: TaskSerializer})
    def post(self, request: Request, slug: str) -> Response:
        """A new task. A classification needs its labels."""
        given = asked(NewTaskRequest, request)
        task = project_tasks.add(project=self.project, by=request.user, **given)
        return Response(TaskSerializer(task).data, status=status.HTTP_201_CREATED)


class TaskDetail(Versioned):
    serializer_class = TaskSerializer
    queryset = Task.objects.none()

    def get_queryset(self) -> QuerySet[Task]:
        projects = Project.objects.for_user(self.request.user)
        return Task.objects.select_related("project").filter(project__in=projects)

    @tells_version(responses=TaskSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return self.answer(self.get_object())

    @asks_version(request=TaskRequest(partial=True), responses={200: TaskSerializer})
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is given. Snapshots keep what the task was when they were frozen."""
        given = TaskRequest(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        with self.unchanged() as task:
            changed = project_tasks.change(task=task, by=request.user, **given.validated_data)
        return self.answer(changed)

    @asks_version(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Take away a task that has no pairs."""
        with self.unchanged() as task:
            project_tasks.remove(task=task, by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)
