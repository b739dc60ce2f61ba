"""The charts of a run page: which curves stand together. Names are those of `engine.events`."""

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from training.models import Method, Run
from training.models.base_model import Architecture


class Chart(NamedTuple):
    title: Any
    unit: Any
    curves: dict[str, Any]
    """Name of the point → what the legend calls it."""
    per: float = 1
    """Values are divided by this: bytes to gigabytes."""


MOST_GPUS = 16
"""Of one worker, on one chart."""

MACHINE = ("throughput", "memory", "cores", "gpu", "temperature", "power")
"""What every method's page ends with: how the machine does."""
GPU = frozenset({"gpu", "temperature", "power"})


CHARTS = {
    "loss": Chart(
        _("Loss"),
        _("nats a token"),
        {"train/loss": _("train"), "validation/loss": _("validation")},
    ),
    "policy": Chart(_("Policy loss"), "", {"train/loss": _("train")}),
    "held-out": Chart(
        _("Validation loss"), _("nats a token"), {"validation/loss": _("validation")}
    ),
    "reward": Chart(_("Reward"), "", {"grpo/reward": _("mean of the rollouts")}),
    "kl": Chart(_("KL to the reference"), _("nats"), {"grpo/kl": _("KL")}),
    "entropy": Chart(_("Entropy"), _("nats a token"), {"grpo/entropy": _("entropy")}),
    "length": Chart(_("Response length"), _("tokens"), {"grpo/length": _("mean")}),
    "spread": Chart(
        _("Groups without spread, clipped tokens"),
        _("share"),
        {"grpo/no_spread": _("no spread"), "grpo/clipped": _("clipped")},
    ),
    "validation": Chart(
        _("Validation"),
        "",
        {
            "validation/accuracy": _("accuracy"),
            "validation/label_match": _("right label"),
            "validation/exact_match": _("exact match"),
            "validation/brier": _("Brier score, better when smaller"),
            "validation/token_f1": _("token F1"),
            "validation/rouge_l": _("ROUGE-L"),
            "validation/reward": _("reward"),
        },
    ),
    "rate": Chart(_("Learning rate"), "", {"train/learning_rate": _("learning rate")}),
    "norm": Chart(_("Gradient norm"), "", {"train/grad_norm": _("before clipping")}),
    "memory": Chart(
        _("Memory"),
        _("GB"),
        {
            "system/memory_bytes": _("most so far"),
            "system/resident_bytes": _("process now"),
            **{f"system/gpu{i}/memory_bytes": f"GPU {i}" for i in range(MOST_GPUS)},
        },
        per=1e9,
    ),
    "cores": Chart(_("Processor"), _("cores busy"), {"system/cpu_cores": _("engine")}),
    "gpu": Chart(
        _("GPU load"),
        "%",
        {f"system/gpu{i}/utilisation": f"GPU {i}" for i in range(MOST_GPUS)},
    ),
    "temperature": Chart(
        _("GPU temperature"),
        "°C",
        {f"system/gpu{i}/temperature": f"GPU {i}" for i in range(MOST_GPUS)},
    ),
    "power": Chart(
        _("GPU power"), "W", {f"system/gpu{i}/power": f"GPU {i}" for i in range(MOST_GPUS)}
    ),
    "throughput": Chart(_("Throughput"), _("tokens/s"), {"train/tokens_per_second": _("trained")}),
}

OF_METHOD = {
    Method.SFT: ("loss", "validation", "rate", "norm", *MACHINE),
    Method.GRPO: (
        *(
            "reward",
            "validation",
            "kl",
            "entropy",
            "length",
            "spread",
            "policy",
            "held-out",
            "rate",
            "norm",
            *MACHINE,
        ),
    ),
}


PER_ANSWER = frozenset({"loss", "held-out"})
"""A classifier's answer is one label, so its loss is of an answer, not of a token."""


def unit_of(run: Run, key: str) -> Any:
    """Of the vertical axis."""
    classifies = run.base_model.architecture == Architecture.ENCODER_CLASSIFIER
    return _("nats an answer") if classifies and key in PER_ANSWER else CHARTS[key].unit


def charts_of(run: Run) -> list[tuple[str, Chart]]:
    """The method's charts; once it has saved or is over, only those that have a point. Those of the
    GPUs are there only where there is one."""
    keys = OF_METHOD[Method(run.method)]
    said = set(run.points.order_by().values_list("name", flat=True).distinct())
    early = not run.is_over and not run.checkpoints.exists()
    shown = [key for key in keys if said & CHARTS[key].curves.keys() or (early and key not in GPU)]
    return [(key, CHARTS[key]) for key in shown]
