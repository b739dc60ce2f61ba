"""Every architecture through the product: launched, trained from nothing, measured; and refusals."""

import pytest

from authoring.errors import Invalid
from evaluation.actions import request as evaluations
from evaluation.scoring import score
from training.actions import base_models, runs
from training.models import BaseModel
from training.opening import how_to_open
from training.runner import attempt
from training.states import JobState

SETTINGS = {"batch_size": 4, "threads": 1, "epochs": 1}
TINY = {"width": 32, "depth": 1, "vocabulary": 300}


@pytest.mark.redis
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("architecture", ["encoder_decoder", "encoder_classifier", "lstm"])
def test_it_is_trained_and_measured(architecture, studio, tao, project, snapshot, task):
    model = base_models.add_preset(
        by=tao, name=f"Tiny {architecture}", architecture=architecture, overrides=TINY
    )
    run = runs.launch(
        by=tao,
        project=project,
        snapshot=snapshot,
        method="sft",
        base_model=model,
        settings=SETTINGS,
    )
    assert attempt.work()
    run.refresh_from_db()
    assert (run.state, run.failure) == (JobState.FINISHED, None)
    checkpoint = run.best_checkpoint
    assert checkpoint.layout == "full"
    assert str(checkpoint.folder) in how_to_open(checkpoint)
    assert "validation/accuracy" in checkpoint.values

    [evaluation] = checkpoint.evaluations.all()  # asked for with the checkpoint
    while evaluation.state == JobState.QUEUED and attempt.work():
        evaluation.refresh_from_db()
    assert (evaluation.state, evaluation.failure) == (JobState.FINISHED, None)
    score(evaluation=evaluation)
    [prediction] = evaluation.predictions.all()
    if architecture == "encoder_classifier":
        assert prediction.output in task.labels
        assert prediction.label_logprobs.keys() == set(task.labels)
        assert "validation/brier" in checkpoint.values
    else:
        assert prediction.label_logprobs is None
    told = set(evaluation.scores.values_list("metric", flat=True))
    assert "accuracy" in told
    assert ("log_loss" in told) == (architecture == "encoder_classifier")


@pytest.fixture
def presets(home, db):
    base_models.ensure_bundled()
    return {one.architecture: one for one in BaseModel.objects.all()}


@pytest.fixture
def refused(tao, project, snapshot, no_broker):
    def launch(**asked) -> Invalid:
        with pytest.raises(Invalid) as error:
            runs.launch(by=tao, project=project, snapshot=snapshot, **asked)
        return error.value

    return launch


def test_a_classifier_is_not_trained_by_reward(refused, presets):
    error = refused(method="grpo", base_model=presets["encoder_classifier"])
    assert error.fields.keys() == {"method"}


def test_an_lstm_takes_no_adapters_and_trains_all_weights_unless_told(refused, presets):
    error = refused(method="sft", base_model=presets["lstm"], settings={"tuning": "lora"})
    assert error.fields.keys() == {"tuning"}


def test_a_classifier_reads_no_other_tasks(refused, presets, snapshot, task):
    frozen = snapshot.settings["frozen_tasks"][task.slug]
    snapshot.settings["frozen_tasks"][task.slug] = frozen | {"kind": "summarization", "labels": []}
    snapshot.save()
    error = refused(method="sft", base_model=presets["encoder_classifier"])
    assert error.fields.keys() == {"snapshot"}
    assert "summarization" in error.message


def test_what_has_no_answer_yet_is_not_measured(presets, tao, snapshot, no_broker):
    for model in presets.values():
        with pytest.raises(Invalid) as error:
            evaluations.request(by=tao, snapshot=snapshot, base_model=model)
        assert error.value.fields.keys() == {"base_model"}
