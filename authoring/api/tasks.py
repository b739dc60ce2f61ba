"""/projects/{slug}/tasks/ and /tasks/{id}/: the kinds of instruction in a project."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from authoring.actions import project_tasks
from authoring.api.access import InProject, asked
from authoring.api.serializers.projects import NewTaskRequest, TaskRequest, TaskSerializer
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


class TaskDetail(generics.GenericAPIView):
    serializer_class = TaskSerializer

    @extend_schema(responses=TaskSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(self.get_serializer(self._task()).data)

    @extend_schema(request=TaskRequest(partial=True), responses=TaskSerializer)
    def patch(self, request: Request, pk: int) -> Response:
        """Change what is given. Snapshots keep what the task was when they were frozen."""
        given = TaskRequest(data=request.data, partial=True)
        given.is_valid(raise_exception=True)
        task = project_tasks.change(task=self._task(), by=request.user, **given.validated_data)
        return Response(self.get_serializer(task).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Take away a task that has no pairs."""
        project_tasks.remove(task=self._task(), by=request.user)
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _task(self) -> Task:
        projects = Project.objects.for_user(self.request.user)
        tasks = Task.objects.select_related("project").filter(project__in=projects)
        return get_object_or_404(tasks, pk=self.kwargs["pk"])
