"""A real run is measured by itself: worker, engine, predictions, scores, nobody asking."""

import pytest

from evaluation.models import Evaluation
from tests.training.studio import until
from training.actions import runs

pytestmark = [pytest.mark.redis, pytest.mark.django_db(transaction=True)]


def test_every_checkpoint_is_predicted_and_scored(studio, tao, project, snapshot, nano):
    studio.worker()
    studio.scheduler()  # a message that is lost is sent again
    run = runs.launch(
        by=tao,
        project=project,
        method="sft",
        snapshot=snapshot,
        base_model=nano,
        settings={"epochs": 2, "batch_size": 4, "threads": 1},
    )
    until(lambda: run.checkpoints.count() == 2)
    until(lambda: Evaluation.objects.scored().count() == 2)

    for evaluation in Evaluation.objects.all():
        assert (evaluation.state, evaluation.failure) == ("finished", None)
        [prediction] = evaluation.predictions.all()
        assert prediction.reference_label == "refund"
        assert prediction.prompt_text.endswith("<|assistant|>")
        accuracy = evaluation.scores.get(metric="accuracy", slice="")
        assert (accuracy.n, accuracy.value) == (1, float(prediction.correct))
        assert evaluation.spec["lineage"]["checkpoint"] == evaluation.checkpoint.sha256
