"""The charts of a run page: which curves stand together. Names are those of `engine.events`."""

from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from training.models import Method, Run


class Chart(NamedTuple):
    title: Any
    unit: Any
    curves: dict[str, Any]
    """Name of the point → what the legend calls it."""


CHARTS = {
    "loss": Chart(
        _("Loss"),
        _("nats a token"),
        {"train/loss": _("train"), "validation/loss": _("validation")},
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
            "validation/token_f1": _("token F1"),
            "validation/rouge_l": _("ROUGE-L"),
            "validation/reward": _("reward"),
        },
    ),
    "rate": Chart(_("Learning rate"), "", {"train/learning_rate": _("learning rate")}),
    "norm": Chart(_("Gradient norm"), "", {"train/grad_norm": _("before clipping")}),
    "throughput": Chart(_("Throughput"), _("tokens/s"), {"train/tokens_per_second": _("trained")}),
}

OF_METHOD = {
    Method.SFT: ("loss", "validation", "rate", "norm", "throughput"),
    Method.GRPO: (
        *(
            "reward",
            "validation",
            "kl",
            "entropy",
            "length",
            "spread",
            "loss",
            "rate",
            "throughput",
        ),
    ),
}


def charts_of(run: Run) -> list[tuple[str, Chart]]:
    """The method's charts; once it has saved or is over, only those that have a point."""
    keys = OF_METHOD[Method(run.method)]
    if not run.is_over and not run.checkpoints.exists():
        return [(key, CHARTS[key]) for key in keys]
    said = set(run.points.order_by().values_list("name", flat=True).distinct())
    return [(key, CHARTS[key]) for key in keys if said & CHARTS[key].curves.keys()]
