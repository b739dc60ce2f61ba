"""What a plan's time and memory are based on, and how far off they may be."""

from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from training.models import BaseModel, Calibration, Forecast

TIME, MEMORY = 0.25, 0.15
"""How far off an estimate may be, as a share of what the run takes: `make bench` and the tests hold it."""
ENOUGH = 5
"""Finished runs that know better: one more lies between n of them with a chance of (n - 1) in (n + 1):
2 in 3 for these, 9 in 10 for all that are remembered."""
REMEMBERED = 20
SURELY = 0.05
"""Runs that agree better than this agree by chance."""
USUALLY = 40.0
"""Seconds that a measurement takes where none was made yet."""


class Between(NamedTuple):
    """What a figure may become, as shares of it."""

    low: float
    high: float


def within(share: float) -> Between:
    """Of an estimate that is at most this share of the truth away from it."""
    return Between(1 / (1 + share), 1 / (1 - share))


@dataclass(frozen=True)
class Basis:
    """A measurement, or the lack of one."""

    calibration: Calibration | None
    """The newest that holds for the settings, whatever became of it."""
    seconds: float
    """What measuring takes, from its start."""
    time: Between
    memory: Between
    runs: int
    """Finished runs that `time` stands on; 0 where it is the benchmark's."""

    @property
    def state(self) -> str:
        """`none`, or the measurement's own."""
        return self.calibration.state if self.calibration else "none"


def basis_of(base: BaseModel, calibration: Calibration | None) -> Basis:
    ratios = _ratios(calibration) if calibration else []
    time = within(TIME)
    if len(ratios) >= ENOUGH:
        time = Between(min(*ratios, 1 - SURELY), max(*ratios, 1 + SURELY))
    runs = len(ratios) if len(ratios) >= ENOUGH else 0
    return Basis(calibration, usual_seconds(base), time, within(MEMORY), runs)


def usual_seconds(base: BaseModel) -> float:
    """What measurements of this model took, or of any."""
    done = list(Calibration.objects.done()[:REMEMBERED])
    own = [one.took for one in done if one.base_model_id == base.pk and one.took]
    found = own or [one.took for one in done if one.took]
    return median(found) if found else USUALLY


def _ratios(calibration: Calibration) -> list[float]:
    """What the last finished runs took, over what would be said of them now."""
    told = Forecast.objects.filter(
        calibration=calibration, real_seconds__gte=30, seconds__gt=0, correction__gt=0
    ).order_by("-pk")[:REMEMBERED]
    found = (one.off(calibration.correction) for one in told)
    return [ratio for ratio in found if ratio is not None]
