"""The nouns of evaluation, one file each."""

from evaluation.models.comparison import Comparison
from evaluation.models.evaluation import Evaluation
from evaluation.models.prediction import Ended, Prediction
from evaluation.models.score import Score
from evaluation.models.search import Search
from evaluation.models.trial import Trial

__all__ = ["Comparison", "Ended", "Evaluation", "Prediction", "Score", "Search", "Trial"]
