"""What a slice is called on a page."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from authoring import language
from authoring.models import Project, User


def slice_names(project: Project, slices: Iterable[str]) -> dict[str, str]:
    """A name for each slice: tasks by their names, authors by theirs, the whole split as such."""
    slices = list(slices)
    tasks = project.task_names()
    people = person_names(slices)
    return {one: _name(one, tasks, people) for one in slices}


def person_names(slices: Iterable[str]) -> dict[str, str]:
    """The people of `author:7` by their id."""
    ids = [one.partition(":")[2] for one in slices if one.startswith("author:")]
    return {str(person.pk): str(person) for person in User.objects.filter(pk__in=ids)}


def _name(slice: str, tasks: dict[str, str], people: dict[str, str]) -> str:
    if not slice:
        return _("the whole split")
    head, _slash, inside = slice.partition("/")
    dimension, _colon, value = head.partition(":")
    match dimension:
        case "task":
            name = tasks.get(value, value)
            return f"{name}, {_name(inside, tasks, people)}" if inside else name
        case "language":
            return language.name(value)
        case "tag":
            return _("tag %(name)s") % {"name": value}
        case "author":
            return _("written by %(name)s") % {"name": people.get(value, value)}
        case "label":
            return _("label %(name)s") % {"name": value}
    return slice
