"""The coach on a text for a task, with the pairs that are nearly the same: for the editor and REST alike."""

from authoring import coach
from authoring.coach import Draft, Hint, TaskForm
from authoring.models import Pair, Task
from authoring.neighbours import nearest


def coached(draft: Draft, task: Task, *, besides: Pair | None = None) -> list[Hint]:
    """`besides`: the pair that the text is of, which is like itself."""
    expected = TaskForm(task.kind, task.labels, task.output_form)
    return coach.hints(draft, expected, nearest(draft, task, besides=besides))
