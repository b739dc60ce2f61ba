"""The nouns of evaluation, one file each."""

from evaluation.models.evaluation import Evaluation
from evaluation.models.prediction import Ended, Prediction
from evaluation.models.score import Score

__all__ = ["Ended", "Evaluation", "Prediction", "Score"]
