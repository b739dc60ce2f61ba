"""The queue as one person may see it: their projects' jobs by name, others as places."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.conf import settings

from authoring.models import Project, User
from training import expected_start
from training.actions.line import Priority, may_arrange
from training.devices import name_of
from training.handlers import About, about
from training.models import Job, Queue, Run
from training.states import JobState

NOTHING = About("")
MANY = 3
"""So many jobs of one group, one after another, are shown as one."""


@dataclass
class Line:
    """One place. `job` and what comes with it are None for a job of a project they can't see."""

    place: int
    """From 1, over what is at work, what is in line, and what waits for another run."""
    state: str
    state_name: Any
    job: Job | None
    run: Run | None
    movable: bool
    first: bool = False
    """Of those at its priority that this person may move."""
    last: bool = False
    starts_in: float | None = None
    """Seconds; None where it is not known, or not in line."""
    said: About = NOTHING
    """What an evaluation measures, or an export brings out; nothing for a run, which has a name."""

    @property
    def about(self) -> str:
        return self.said.what

    @property
    def number(self) -> int | None:
        return self.run.number if self.run else None

    @property
    def priority(self) -> int | None:
        """As people choose it; an evaluation that goes ahead of others is normal to them."""
        if self.job is None:
            return None
        return max(one for one in Priority.values if one <= max(self.job.priority, Priority.LOW))

    @property
    def priority_name(self) -> Any:
        """Where it is another than normal."""
        return Priority(self.priority).label if self.priority else ""

    @property
    def devices(self) -> str:
        return name_of(self.job.devices) if self.job else ""


def lines_for(user: User) -> list[Line]:
    """Every job that has a device, is in line for one, or waits for another run, in that order."""
    known = Job.objects.select_related("project", "created_by")
    live = list(known.of(Queue.DEVICE).live().order_by("started_at", "id"))
    line = list(known.in_line())
    waiting = list(known.present().filter(state=JobState.WAITING).in_queue_order())
    jobs = [*live, *line, *waiting]
    seen = set(Project.objects.for_user(user).values_list("pk", flat=True))
    said = about({one.pk: one.kind for one in jobs if one.project_id in seen})
    runs = Run.objects.select_related("after").in_bulk([one.pk for one in jobs])
    starts = expected_start.starts(live, line, _workers(live))
    one_of_each = {(one.project_id, one.kind): one for one in line}
    may = {key: may_arrange(user, one) for key, one in one_of_each.items()}
    found = []
    for place, job in enumerate(jobs, start=1):
        ours = job.project_id in seen
        found.append(
            Line(
                place=place,
                state=job.state,
                state_name=job.get_state_display(),
                job=job if ours else None,
                run=runs.get(job.pk) if ours else None,
                movable=may.get((job.project_id, job.kind), False) and job.state == JobState.QUEUED,
                starts_in=starts.get(job.pk),
                said=said.get(job.pk, NOTHING),
            )
        )
    _mark_ends([one for one in found if one.movable])
    return found


@dataclass
class Together:
    """Neighbours in the queue that readers look at as one; mostly there is one of them."""

    lines: list[Line]
    id: str = ""
    """Of those that are many, in the page."""

    @property
    def first(self) -> Line:
        return self.lines[0]

    @property
    def last(self) -> Line:
        return self.lines[-1]

    @property
    def many(self) -> bool:
        return bool(self.id)


def together(lines: Sequence[Line]) -> list[Together]:
    """The same lines in the same order: neighbours of one group, in one state, as one, from `MANY` on."""
    found: list[Together] = []
    seen: Counter[str] = Counter()
    for (group, state), same in groupby(
        lines, lambda one: (one.said.group or one.place, one.state)
    ):
        alike = list(same)
        if len(alike) < MANY:
            found += [Together([one]) for one in alike]
            continue
        name = f"{group}-{state}"
        seen[name] += 1
        found.append(Together(alike, f"{name}-{seen[name]}"))
    return found


def starts_in(job: Job) -> float | None:
    """Seconds until a queued job gets a device; None where finished jobs don't tell."""
    live = list(Job.objects.of(Queue.DEVICE).live())
    line = list(Job.objects.in_line())
    return expected_start.starts(live, line, _workers(live)).get(job.pk)


def _workers(live: Sequence[Job]) -> int:
    return max(len(settings.DEVICE_SETS), len(live))


def _mark_ends(lines: list[Line]) -> None:
    """Whose button up, or down, would change nothing."""
    priorities = [one.job.priority if one.job else 0 for one in lines]
    for at, line in enumerate(lines):
        line.first = at == 0 or priorities[at - 1] != priorities[at]
        line.last = at == len(lines) - 1 or priorities[at + 1] != priorities[at]
