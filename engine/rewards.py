"""Rewards are the metrics: the number that RL raises is the number that the dashboard shows."""

from __future__ import annotations

from engine.errors import SpecError
from engine.metrics.scorers import SCORERS, Scorer
from engine.records import TaskInfo


def reward_for(name: str, task: TaskInfo) -> Scorer:
    """The scorer that `name` stands for on this task; `task` is the task's own default.

    Raises SpecError for an unknown name, or label_match on a task without labels.
    """
    name = task.reward if name == "task" else name
    if name not in SCORERS:
        raise SpecError({"reward": f"{name!r} is not one of task, {', '.join(SCORERS)}"})
    if name == "label_match" and not task.labels:
        raise SpecError({"reward": f"label_match needs labels, and a {task.kind} task has none"})
    return SCORERS[name]
