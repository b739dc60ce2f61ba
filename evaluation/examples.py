"""One prediction as a page shows it: what was asked, what came back, what was wanted."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from authoring.models import Revision
from engine.metrics.labels import parse_label
from engine.metrics.scorers import SCORERS
from evaluation.models import Prediction

MOST_LABELS = 12
"""So many bars are shown, and the true label's; the rest are summed up."""


class Likelihood(NamedTuple):
    """How likely the model held one label."""

    label: str
    probability: float
    is_true: bool
    is_named: bool


class Likelihoods(NamedTuple):
    shown: list[Likelihood]
    """The likeliest first."""
    others: int
    together: float
    """The probability of all others."""


@dataclass(frozen=True)
class Example:
    prediction: Prediction

    @property
    def revision(self) -> Revision:
        return self.prediction.revision

    @property
    def verdict(self) -> str:
        """right, wrong, or unparsed, as `{% state %}` draws it; empty before it is scored."""
        if self.prediction.correct is None:
            return ""
        if self.prediction.correct:
            return "right"
        return "unparsed" if self.is_unparsed else "wrong"

    @property
    def is_unparsed(self) -> bool:
        return bool(self.prediction.reference_label) and not self.prediction.label

    @property
    def is_label(self) -> bool:
        return bool(self.prediction.reference_label)

    @cached_property
    def reference(self) -> str:
        """The acceptable response nearest to the output: the one that its score is from."""
        acceptable = [self.revision.response, *self.revision.references]
        if len(acceptable) == 1 or self.is_label:
            return acceptable[0]
        task = self.revision.pair.task.info()
        nearest = SCORERS["token_f1"]
        return max(acceptable, key=lambda one: nearest("", self.prediction.output, [one], task))

    @property
    def confidence(self) -> float | None:
        """What the model gave the label that it held likeliest; None of models that write."""
        found = self.prediction.label_logprobs
        return math.exp(max(found.values())) if found else None

    @cached_property
    def likelihoods(self) -> Likelihoods | None:
        """Of every label, as bars; None of models that write."""
        found = self.prediction.label_logprobs
        if not found:
            return None
        one, labels = self.prediction, self.revision.pair.task.labels
        bars = []
        for name, logprob in sorted(found.items(), key=lambda item: -item[1]):
            read = parse_label(name, labels) or name
            is_named = name == one.output
            bars.append(Likelihood(name, math.exp(logprob), read == one.reference_label, is_named))
        shown = [bar for at, bar in enumerate(bars) if at < MOST_LABELS or bar.is_true]
        rest = [bar for bar in bars if bar not in shown]
        return Likelihoods(shown, len(rest), sum(bar.probability for bar in rest))

    @property
    def shows_difference(self) -> bool:
        """A word diff says something where texts differ and are not labels."""
        return not self.is_label and self.prediction.output.strip() != self.reference.strip()
