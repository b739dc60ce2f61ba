"""Which settings a calibration has to have in common with a run. Light: no torch.

Other settings change nothing that is measured; or what they change is reckoned from one measurement
(`engine.reckoned`): the rank of adapters, averaging, GRPO's frozen reference, processes; or it is
counted before the run (`engine.work`): lengths, batches, checkpoints.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from engine.settings import TrainSettings, options


class Apart(NamedTuple):
    """A setting that needs a measurement of its own, whose value may stand for others."""

    field: str
    why: str
    stands_for: Callable[[Any], Any] = lambda value: value


APART = (
    Apart("tuning", "other weights have gradients, and other operations run; a base in 4 bits is another"),
    Apart("dtype", "other kernels"),
    Apart("device", "another device"),
    Apart("threads", "speed does not grow with threads by any rule"),
    Apart("optimiser", "Muon iterates on each matrix, 8-bit moments are another size"),
    Apart(
        "gradient_checkpointing",
        "activations are computed twice and not kept; auto and off are the same until memory asks",
        lambda value: "on" if value == "on" else "auto",
    ),
    Apart(
        "lora_dropout",
        "every adapter draws a mask of its own input and keeps it, however many it drops",
        lambda value: 0.1 if value else 0.0,
    ),
    Apart("deterministic", "slower kernels on GPUs"),
    Apart("compile", "other kernels, after a start of minutes"),
    Apart("liger", "other kernels"),
)  # fmt: skip
KEYED = frozenset({"tuning", "dtype"})
"""Those that the studio keeps in columns of their own."""
DEFAULTS = {one.name: one.default for one in options("calibrate")}


def measured_apart(settings: TrainSettings) -> dict[str, Any]:
    """What, beside tuning and number format, a calibration for these settings has to be made with:
    the settings that are not at their default, in order of their names."""
    found = {
        one.field: one.stands_for(getattr(settings, one.field))
        for one in APART
        if one.field in DEFAULTS and one.field not in KEYED
    }
    return {name: found[name] for name in sorted(found) if found[name] != DEFAULTS[name]}
