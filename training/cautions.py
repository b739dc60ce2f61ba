"""What speaks against a launch, each with what to do about it. One small function a caution.

A check looks at the whole case and gives its caution or None; `CHECKS` is their order on the page.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authoring.models import Snapshot, Split
from engine.calibration import Estimate
from engine.reading import SourceFormatter
from engine.settings import GRPOSettings, SFTSettings, TrainSettings
from training.advised_rates import rates_for
from training.handlers.files import tasks_of
from training.models import BaseModel, Checkpoint
from training.token_counts import Counts
from training.tokenizers import reader_of
from training.unrewarded import unrewarded

FEW = 50
"""Train pairs; below that a validation loss is mostly chance."""
RARE = 5
"""Train pairs of a label."""
UNEVEN = 10
"""The most frequent label over the rarest."""
LONG_SECONDS = 6 * 3600
MEMORY_SHARE = 0.9
"""Of the worker's memory: the rest is the system's, and the estimate's own error."""


@dataclass(frozen=True)
class Caution:
    code: str
    """For scripts; never changes."""
    message: str
    remedy: str
    level: str = "warn"
    """accent (good to know), warn, or bad (it will fail or mislead)."""


@dataclass(frozen=True)
class Case:
    """All that is known before the launch."""

    snapshot: Snapshot
    rows: dict[str, int]
    settings: TrainSettings
    base: BaseModel | None
    checkpoint: Checkpoint | None
    counts: Counts | None
    estimate: Estimate | None
    seconds: float | None
    """With the evaluations."""
    memory: int
    """Bytes of the worker's device."""
    disk_bytes: int
    disk_free: int

    def labels(self, split: str) -> dict[str, int]:
        found: dict[str, int] = self.snapshot.counts.get(split, {}).get("labels", {})
        return found


def cautions(case: Case) -> list[Caution]:
    return [found for check in CHECKS if (found := check(case))]


def _no_test(case: Case) -> Caution | None:
    if case.rows[Split.TEST]:
        return None
    return Caution(
        "no_test",
        _("The test split is empty: no checkpoint can be measured."),
        _("Freeze a snapshot with a test share, or train on for the weights alone."),
    )


def _no_validation(case: Case) -> Caution | None:
    if case.rows[Split.VALIDATION] and case.settings.validation_rows:
        return None
    return Caution(
        "no_validation",
        _("There is no validation split: the best checkpoint can only be guessed."),
        _("Freeze a snapshot with a validation share, and set validation rows above 0."),
    )


def _unseen_labels(case: Case) -> Caution | None:
    unseen = sorted(case.labels(Split.TEST).keys() - case.labels(Split.TRAIN).keys())
    if not unseen:
        return None
    return Caution(
        "unseen_labels",
        _("Labels in test that train never shows: %s.") % ", ".join(unseen),
        _("Write pairs with them, or split anew so that each label is in train."),
    )


def _one_label(case: Case) -> Caution | None:
    if len(case.labels(Split.TRAIN)) != 1:
        return None
    return Caution(
        "one_label",
        _("Every train pair has the same label: there is nothing to tell apart."),
        _("Write pairs with the other labels first."),
        "bad",
    )


def _uneven_labels(case: Case) -> Caution | None:
    labels = case.labels(Split.TRAIN)
    if len(labels) < 2:
        return None
    rare, often = min(labels, key=labels.__getitem__), max(labels, key=labels.__getitem__)
    if labels[rare] >= RARE and labels[often] < UNEVEN * labels[rare]:
        return None
    return Caution(
        "uneven_labels",
        _("Labels are uneven: %(often)s stands %(many)s times in train, %(rare)s only %(few)s.")
        % {"often": often, "many": labels[often], "rare": rare, "few": labels[rare]},
        _("Write more of the rare ones, and look at macro-F1 rather than accuracy."),
    )


def _leaks(case: Case) -> Caution | None:
    if not case.snapshot.leaks:
        return None
    count = len(case.snapshot.leaks)
    return Caution(
        "leaks",
        ngettext(
            "One pair stands in train and in test: scores will flatter.",
            "%(n)s pairs stand in train and in test: scores will flatter.",
            count,
        )
        % {"n": count},
        _("Drop them on the snapshot's page first."),
    )


def _few_pairs(case: Case) -> Caution | None:
    if case.rows[Split.TRAIN] >= FEW:
        return None
    return Caution(
        "few_pairs",
        ngettext(
            "Only one pair to train on.", "Only %(n)s pairs to train on.", case.rows[Split.TRAIN]
        )
        % {"n": case.rows[Split.TRAIN]},
        _("Good for trying things out; for scores to trust, approve %d or more.") % FEW,
    )


def _left_out(case: Case) -> Caution | None:
    if case.counts is None or not case.counts.left_out:
        return None
    count = case.counts.left_out
    nothing = case.counts.kept == 0
    remedy = _("The maximum is %(max)s tokens: raise it, or let inputs lose sentences.")
    if case.settings.truncate_input == "sentences":
        remedy = _("The maximum is %(max)s tokens: raise it, or shorten these pairs.")
    said = ngettext(
        "One pair of train is too long and will be left out.",
        "%(n)s pairs of train are too long and will be left out.",
        count,
    ) % {"n": number_format(count, force_grouping=True)}
    return Caution(
        "left_out",
        _("Every pair of train is too long: nothing would be trained.") if nothing else said,
        remedy % {"max": case.counts.max_length},
        "bad" if nothing else "warn",
    )


def _shortened(case: Case) -> Caution | None:
    if case.counts is None or not case.counts.shortened:
        return None
    count = case.counts.shortened
    return Caution(
        "shortened",
        ngettext(
            "One pair will lose turns or sentences to fit.",
            "%(n)s pairs will lose turns or sentences to fit.",
            count,
        )
        % {"n": number_format(count, force_grouping=True)},
        _("The oldest turns go first; raise the maximum of %(max)s tokens to keep them.")
        % {"max": case.counts.max_length},
        "accent",
    )


def _rate(case: Case) -> Caution | None:
    rates = rates_for(case.settings, case.base, case.checkpoint)
    rate = case.settings.learning_rate
    if rates.low <= rate <= rates.high:
        return None
    words = {"rate": f"{rate:g}", "low": f"{rates.low:g}", "high": f"{rates.high:g}"}
    if rate > rates.high:
        message = _("A learning rate of %(rate)s with all weights usually forgets what it knew.")
        if case.settings.tuning != "full":
            message = _("A learning rate of %(rate)s is high for adapters: the loss may jump.")
    elif case.settings.tuning == "full":
        message = _("A learning rate of %(rate)s hardly moves the weights.")
    else:
        message = _("A learning rate of %(rate)s hardly moves LoRA adapters.")
    return Caution("learning_rate", message % words, _("Try %(low)s to %(high)s.") % words)


def _memory(case: Case) -> Caution | None:
    if case.estimate is None or not case.memory:
        return None
    if case.estimate.memory_bytes < MEMORY_SHARE * case.memory:
        return None
    words = {
        "need": f"{case.estimate.memory_bytes / 2**30:.1f}",
        "has": f"{case.memory / 2**30:.1f}",
    }
    return Caution(
        "memory",
        _("About %(need)s GiB will be needed and the worker has %(has)s.") % words,
        _("Lower the tokens at once, train adapters instead of all weights, or a smaller model."),
        "bad",
    )


def _time(case: Case) -> Caution | None:
    if case.seconds is None or case.seconds < LONG_SECONDS:
        return None
    return Caution(
        "time",
        _("It will take about %d hours.") % round(case.seconds / 3600),
        _("Fewer epochs, fewer checkpoints to measure, or a smaller model first."),
    )


def _disk(case: Case) -> Caution | None:
    if not case.disk_bytes or case.disk_bytes < case.disk_free:
        return None
    return Caution(
        "disk",
        _("Checkpoints will take %(need)s GiB; %(free)s are free.")
        % {
            "need": f"{case.disk_bytes / 2**30:.1f}",
            "free": f"{max(0, case.disk_free) / 2**30:.1f}",
        },
        _("Save less often, or delete old checkpoints first."),
        "bad",
    )


def _batch(case: Case) -> Caution | None:
    if not isinstance(case.settings, SFTSettings):
        return None
    rows = case.settings.learnt(case.rows[Split.TRAIN])
    if case.settings.batch_size <= rows:
        return None
    return Caution(
        "batch",
        _("A step takes %(batch)s pairs and there are %(rows)s: each step is a whole epoch.")
        % {"batch": case.settings.batch_size, "rows": rows},
        _("Lower the pairs a step: more, smaller steps learn more from few pairs."),
    )


def _short_answers(case: Case) -> Caution | None:
    settings, counts = case.settings, case.counts
    if not isinstance(settings, GRPOSettings) or counts is None:
        return None
    if counts.longest_response <= settings.max_new_tokens:
        return None
    return Caution(
        "short_answers",
        _("The longest written response has %(long)s tokens, and answers are cut at %(cut)s.")
        % {"long": counts.longest_response, "cut": settings.max_new_tokens},
        _("Raise the longest response, or what is right can't earn its reward."),
    )


def _no_spread(case: Case) -> Caution | None:
    if not isinstance(case.settings, GRPOSettings):
        return None
    tasks = tasks_of(case.snapshot, Split.TRAIN)
    if case.checkpoint is None:
        return Caution(
            "no_spread",
            _("Reward starts from untrained weights: answers that are all wrong teach nothing."),
            _("Train by SFT first, and start from its best checkpoint."),
        )
    few = sorted(slug for slug, one in tasks.items() if len(one.labels) == 1)
    if few:
        return Caution(
            "no_spread",
            _("With a single label every answer earns the same: %s.") % ", ".join(few),
            _("Reward needs answers that can be better or worse."),
        )
    values = case.checkpoint.values or {}
    solved = [name for name in ("validation/accuracy",) if (values.get(name) or 0) >= 0.98]
    if solved:
        return Caution(
            "no_spread",
            _("The checkpoint answers almost everything right already: groups have no spread."),
            _("Take an earlier checkpoint, a higher temperature, or harder pairs."),
            "accent",
        )
    return None


def _no_reward(case: Case) -> Caution | None:
    if not isinstance(case.settings, GRPOSettings):
        return None
    found = unrewarded(case.snapshot, case.settings.reward)
    return Caution("no_reward", found.why, found.remedy, "bad") if found else None


def _no_kernels(case: Case) -> Caution | None:
    base = case.base or (case.checkpoint.run.base_model if case.checkpoint else None)
    if base is None:
        return None
    if case.settings.liger and base.architecture != "decoder":
        message = _("Liger's kernels are for decoders, and this model is none.")
    elif case.settings.compile and base.architecture == "lstm":
        message = _("An LSTM has no layers to compile.")
    else:
        return None
    return Caution(
        "no_kernels", message, _("Switch it off: the run would end before its first step."), "bad"
    )


def _no_language(case: Case) -> Caution | None:
    """Of a translator that begins its answers as its tokenizer begins all texts."""
    if case.counts is None or case.base is None:
        return None
    reader = reader_of(case.base, case.checkpoint, case.snapshot)
    formatter = reader.formatter if reader else None
    language = formatter.language_of_answers if isinstance(formatter, SourceFormatter) else ""
    if not language:
        return None
    return Caution(
        "no_language",
        _("Answers will begin with %s, the language of the questions: no other is forced.")
        % language,
        _("Name the language to answer in as forced_bos_token_id in its generation_config.json."),
    )


CHECKS: tuple[Callable[[Case], Caution | None], ...] = (
    _memory,
    _disk,
    _left_out,
    _no_kernels,
    _no_language,
    _one_label,
    _no_reward,
    _leaks,
    _no_test,
    _no_validation,
    _unseen_labels,
    _uneven_labels,
    _few_pairs,
    _batch,
    _rate,
    _no_spread,
    _short_answers,
    _time,
    _shortened,
)


def plain(found: list[Caution]) -> list[dict[str, Any]]:
    """For REST."""
    return [
        {"code": one.code, "message": one.message, "remedy": one.remedy, "level": one.level}
        for one in found
    ]
