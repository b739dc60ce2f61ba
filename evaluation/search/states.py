"""States of a search and the ways between them; a trial's state follows from its run's.

running → finished            every trial was asked for and is over
   ├────→ paused → running    by a person, or because going on made no sense (`Search.halted`)
   └────→ stopped → running   asked for more trials
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from authoring.states import Transition


class SearchState(TextChoices):
    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    FINISHED = "finished", _("finished")
    STOPPED = "stopped", _("stopped")


SEARCH: dict[str, Transition] = {
    "pause": Transition(frozenset({"running"}), "paused"),
    "resume": Transition(frozenset({"paused"}), "running"),
    "stop": Transition(frozenset({"running", "paused"}), "stopped"),
    "finish": Transition(frozenset({"running"}), "finished"),
    "extend": Transition(frozenset({"running", "paused", "finished", "stopped"}), "running"),
}

SAID = (pgettext_lazy("deed", "extend"),)
"""Deeds that no other table has, as NotAllowed says them: marked here, so that they are translated."""


class TrialState(TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    MEASURING = "measuring", pgettext_lazy("trial", "being measured")
    COMPLETE = "complete", _("complete")
    PRUNED = "pruned", _("pruned")
    STOPPED = "stopped", _("stopped")
    FAILED = "failed", _("failed")


OPEN = frozenset({"waiting", "running", "measuring"})
"""Something is still to come of it."""
