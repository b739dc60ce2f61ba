"""One prediction as a page shows it: what was asked, what came back, what was wanted."""

from dataclasses import dataclass
from functools import cached_property

from authoring.models import Revision
from engine.metrics.scorers import SCORERS
from evaluation.models import Prediction


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
    def shows_difference(self) -> bool:
        """A word diff says something where texts differ and are not labels."""
        return not self.is_label and self.prediction.output.strip() != self.reference.strip()
