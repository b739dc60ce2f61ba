"""Rewards are the metrics: the number that RL raises is the number that the dashboard shows."""

from __future__ import annotations

from engine.errors import SpecError
from engine.metrics.scorers import SCORERS, Scorer
from engine.records import TaskInfo
from engine.words import _


def reward_for(name: str, task: TaskInfo) -> Scorer:
    """The scorer that `name` stands for on this task; `task` is the task's own default.

    Raises SpecError for an unknown name, or label_match on a task without labels.
    """
    name = task.reward if name == "task" else name
    if name not in SCORERS:
        raise SpecError(
            {
                "reward": _(
                    "%(name)s is not one of task, %(names)s",
                    name=repr(name),
                    names=", ".join(SCORERS),
                )
            }
        )
    if name == "label_match" and not task.labels:
        raise SpecError(
            {"reward": _("label_match needs labels, and a %(kind)s task has none", kind=task.kind)}
        )
    return SCORERS[name]
