"""Whether a reward can be given for everything that a snapshot trains on."""

from typing import NamedTuple

from authoring.models import Snapshot, Split
from authoring.words import words as _
from engine.errors import SpecError
from engine.rewards import reward_for
from engine.words import Words
from training.handlers.files import tasks_of


class Unrewarded(NamedTuple):
    why: Words
    remedy: Words


def unrewarded(snapshot: Snapshot, reward: str) -> Unrewarded | None:
    """The first task of the train split that `reward` can't judge; None where there is none."""
    for slug, task in tasks_of(snapshot, Split.TRAIN).items():
        try:
            reward_for(reward, task)
        except SpecError as error:
            return Unrewarded(
                _("Task %(task)s: %(why)s", task=slug, why=error.fields["reward"]),
                _("Choose another reward, or a snapshot without this task."),
            )
    return None
