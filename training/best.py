"""Which of a run's checkpoints is the best one, by what the run measured of itself."""

from collections.abc import Sequence

from engine.best import NOTHING, rank
from training.models.checkpoint import Checkpoint


def best_of(
    checkpoints: Sequence[Checkpoint], rewards: dict[int, float], metric: str = "auto"
) -> Checkpoint | None:
    """The best of `checkpoints`, given in order of steps; None when there is none.

    By the setting `best_metric` as the engine itself understands it (`engine.best.rank`, which early
    stopping goes by); then by the highest reward (`rewards`, by step), then by its step. A checkpoint
    that lacks the number, because it was saved in a hurry, loses to one that has it.
    """
    if not checkpoints:
        return None
    return max(checkpoints, key=lambda one: place_of(one, rewards, metric))


def place_of(one: Checkpoint, rewards: dict[int, float], metric: str) -> tuple[float, ...]:
    """Greater is better: what `best_of` compares, in its order."""
    return (*rank(one.values, metric), rewards.get(one.step, NOTHING), one.step)
