"""A failed job in the reader's language: what was stored of it, told by `authoring.words`; or the kind
of failure in words, where nothing is known of it but its text."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from authoring.words import is_told
from authoring.words import told as tell

SAID = {
    "spec": (
        _("A setting is out of range, or settings contradict each other."),
        _("Change the settings, then launch again."),
    ),
    "data": (
        _("The data can't be used as it is."),
        _("Correct the pairs that are named, freeze another snapshot, then launch again."),
    ),
    "model": (
        _("The weights can't be found, can't be read, or don't fit the method."),
        _("Look at the model under Models, or start from another."),
    ),
    "out_of_memory": (
        _("The device's memory ran out."),
        _("Lower the tokens at once or the longest example, or choose LoRA; then try again."),
    ),
    "disk": (
        _("The disk is full, or can't be written to."),
        _("Make room, then try again: it goes on from the newest checkpoint."),
    ),
    "diverged": (
        _("The loss is no number any more: the training diverged."),
        _("Lower the learning rate, then launch again."),
    ),
    "sandbox": (
        _("Code was to be run, and there is no sandbox to run it in."),
        _("Choose a reward that runs no code, or install the sandbox."),
    ),
    "push": (
        _("The push broke off."),
        _("Try again: what has arrived is not sent twice."),
    ),
    "credentials": (
        _("The other side refuses the token or the keys."),
        _("The studio's operator gives the light worker others, then try again."),
    ),
    "target": (
        _("The other side refuses this place."),
        _("Name another place, or have that one made."),
    ),
    "unreachable": (
        _("The other side can't be reached."),
        _("Check the address and the network, then try again."),
    ),
    "chain": (
        _("The run that it waited for did not get as far as it needs."),
        _("Try that run again, then this one; or launch one like it from another checkpoint."),
    ),
    "lost_process": (
        _("The engine's process ended without saying why."),
        _("Read the end of the log, then try again: it goes on from the newest checkpoint."),
    ),
    "studio": (
        _("The studio could not prepare the job."),
        _("Do what is said here, then try again."),
    ),
    "internal": (
        _("Something broke inside the engine."),
        _("Read the end of the log. If it happens again, report it with the traceback."),
    ),
}
"""type of failure → what went wrong, what to do. `engine.errors` has the types, and the studio three more."""


class Told(NamedTuple):
    what: Any
    remedy: Any
    said: list[str]
    """The words as they were stored, where `what` and `remedy` are others."""


def told(failure: Mapping[str, Any]) -> Told:
    """What a page says of `Job.failure`, and of what else keeps a message and a remedy.

    Where there are no words for the message in the reader's language (a row from before its parts
    were kept, another program's text), the kind of failure is told in theirs, with the text beside.
    """
    message, remedy = failure["message"], failure.get("remedy", "")
    known = SAID.get(failure.get("type", ""))
    if known is None or is_told(message):
        return Told(tell(message), tell(remedy), [])
    return Told(*known, [one for one in (tell(message), tell(remedy)) if one])
