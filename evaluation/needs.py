"""Which checkpoints' weights evaluations still have to read."""

from evaluation.models import Evaluation
from training.models import Checkpoint
from training.states import JobState


def unfinished(*, checkpoint: Checkpoint) -> set[str]:
    """States of its evaluations that have no predictions yet, a failed one's included.

    Named in `settings.CHECKPOINT_READERS`: training knows no evaluation.
    """
    found = Evaluation.objects.filter(checkpoint=checkpoint).exclude(state=JobState.FINISHED)
    return set(found.values_list("state", flat=True))
