"""What one revision changed against another, field by field, for word diffs. Pure over revisions."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from authoring.models import Revision

LABELS: dict[str, str | Promise] = {
    "system": _("System message"),
    "input": _("Input"),
    "response": _("Response"),
    "references": _("Other acceptable responses"),
    "tests": _("Unit tests"),
    "tags": _("Tags"),
    "language": _("Language"),
    "source": _("Source"),
    "licence": _("Licence"),
}


class FieldChange(NamedTuple):
    label: str | Promise
    before: str
    after: str


def changes(before: Revision, after: Revision) -> list[FieldChange]:
    """The fields whose text differs, in reading order."""
    found = [FieldChange(LABELS["system"], before.system, after.system)]
    found += _turns(before, after)
    for name in list(LABELS)[1:]:
        found.append(
            FieldChange(LABELS[name], _text(getattr(before, name)), _text(getattr(after, name)))
        )
    return [one for one in found if one.before != one.after]


def text_of(revision: Revision) -> str:
    """The whole text of a revision as one, to lay beside another."""
    asked = [revision.system, *(turn["content"] for turn in revision.turns), revision.input]
    answered = [revision.response, *revision.references, revision.tests]
    return "\n\n".join(part for part in (*asked, *answered) if part)


def _turns(before: Revision, after: Revision) -> list[FieldChange]:
    changed = []
    for at in range(max(len(before.turns), len(after.turns))):
        label = _("Instruction") if at % 2 == 0 else _("Earlier response")
        changed.append(FieldChange(label, _turn(before, at), _turn(after, at)))
    return changed


def _turn(revision: Revision, at: int) -> str:
    return revision.turns[at]["content"] if at < len(revision.turns) else ""


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
