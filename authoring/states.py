"""States and allowed transitions of pairs and imports, one table per noun.

`docs/states.md` is generated from these tables (`manage.py states`); the tests walk them whole.
"""

from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _


class Transition(NamedTuple):
    """From one of `sources` to `target` by the deed that names it in the table."""

    sources: frozenset[str]
    target: str


class NotAllowed(Exception):
    """A deed that the state of its object does not allow. `deed` and `state` say which."""

    def __init__(self, deed: str, state: str) -> None:
        super().__init__(
            gettext("“%(deed)s” is not possible while the state is “%(state)s”.")
            % {"deed": pgettext("deed", deed.replace("_", " ")), "state": _name_of_state(state)}
        )
        self.deed = deed
        self.state = state


class PairState(TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("awaiting review")
    CHANGES_REQUESTED = "changes_requested", _("changes requested")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")


D, S, C, A, R = (str(one) for one in PairState)

PAIR: dict[str, Transition] = {
    "write": Transition(frozenset({D, S, C, A, R}), D),
    "submit": Transition(frozenset({D}), S),
    "withdraw": Transition(frozenset({S}), D),
    "approve": Transition(frozenset({S, A, C, R}), A),
    "request_changes": Transition(frozenset({S, A, C, R}), C),
    "reject": Transition(frozenset({S, A, C, R}), R),
    "reopen": Transition(frozenset({S, A, C, R}), S),
}
"""A verdict may be changed while it is among its reviewer's last ten: hence A, C, R as sources, and
`reopen`, when the verdicts that are left neither settle it nor stand against it.
Writing a new revision of an approved pair makes it a draft again; its approved revision stays.
A request for changes is answered by writing, never by submitting the same revision again."""


class ImportState(TextChoices):
    UPLOADED = "uploaded", _("uploaded")
    CHECKED = "checked", _("checked")
    COMMITTING = "committing", _("being imported")
    COMMITTED = "committed", _("imported")
    FAILED = "failed", _("failed")


IMPORT: dict[str, Transition] = {
    "check": Transition(frozenset({"uploaded", "checked", "failed"}), "checked"),
    "commit": Transition(frozenset({"checked"}), "committing"),
    "finish": Transition(frozenset({"committing"}), "committed"),
    "fail": Transition(frozenset({"uploaded", "checked", "committing"}), "failed"),
}
"""Checking again is possible until rows are written, and after a failure: rows already written are
known by their number in the file and not written twice."""


SAID = (
    pgettext_lazy("deed", "write"),
    pgettext_lazy("deed", "submit"),
    pgettext_lazy("deed", "withdraw"),
    pgettext_lazy("deed", "approve"),
    pgettext_lazy("deed", "request changes"),
    pgettext_lazy("deed", "reject"),
    pgettext_lazy("deed", "reopen"),
    pgettext_lazy("deed", "check"),
    pgettext_lazy("deed", "commit"),
    pgettext_lazy("deed", "finish"),
    pgettext_lazy("deed", "fail"),
)
"""The deeds as NotAllowed says them: marked here, so that they are translated."""


def _name_of_state(state: str) -> str:
    for states in (PairState, ImportState):
        if state in states.values:
            return str(states(state).label)
    return gettext(state.replace("_", " "))


def after(table: dict[str, Transition], deed: str, state: str) -> str:
    """The state after `deed`. Raises NotAllowed when the table has no such way."""
    transition = table[deed]
    if state not in transition.sources:
        raise NotAllowed(deed, state)
    return transition.target
