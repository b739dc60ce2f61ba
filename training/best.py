"""Which of a run's checkpoints is the best one, by what the run measured of itself."""

from collections.abc import Sequence

from training.models.checkpoint import Checkpoint

LOSS = "validation/loss"
PREFIX = "validation/"


def best_of(checkpoints: Sequence[Checkpoint], rewards: dict[int, float]) -> Checkpoint | None:
    """The best of `checkpoints`, given in order of steps; None when there is none.

    By the first of these that any of them has: the mean of its validation metrics (ties: the lower
    validation loss), the lowest validation loss, the highest reward (`rewards`, by step), its step.
    A checkpoint that lacks the number, because it was saved in a hurry, loses to one that has it.
    """
    if not checkpoints:
        return None
    return max(checkpoints, key=lambda one: _rank(one, rewards))


def _rank(one: Checkpoint, rewards: dict[int, float]) -> tuple[float, ...]:
    nothing = float("-inf")
    metrics = [
        value
        for name, value in one.values.items()
        if name.startswith(PREFIX) and name != LOSS and value is not None
    ]
    loss = one.values.get(LOSS)
    return (
        sum(metrics) / len(metrics) if metrics else nothing,
        -loss if loss is not None else nothing,
        rewards.get(one.step, nothing),
        one.step,
    )
