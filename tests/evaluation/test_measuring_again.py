"""An evaluation that is over can be asked for once more; no number stands without its answers."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from rest_framework.test import APIClient

from authoring.errors import NothingToDo
from engine.records import PredictionRecord
from evaluation.actions.measure_again import lacks_probabilities, measure_again
from evaluation.handlers import EvaluationHandler
from evaluation.models import Evaluation
from evaluation.scoring import score
from training.lease import claim
from training.models import Architecture, Checkpoint, Job
from training.runner.outcome import Outcome


@pytest.fixture
def measured(settings, tmp_path, evaluate, snapshot, questions, checkpoint) -> Evaluation:
    """Scored, one answer in three right, before probabilities were kept; by its first attempt."""
    settings.STUDIO_HOME, settings.RUNS_ROOT = tmp_path, tmp_path / "runs"
    settings.MODELS_ROOT = tmp_path / "models"
    model = checkpoint.run.base_model
    model.folder.mkdir(parents=True)
    model.architecture = Architecture.ENCODER_CLASSIFIER
    model.save()
    checkpoint.folder.mkdir(parents=True)
    made = evaluate(snapshot, dict.fromkeys(questions, "book"), checkpoint=checkpoint)
    score(evaluation=made)
    Job.objects.filter(pk=made.pk).update(fence=1)
    made = Evaluation.objects.get()
    answered(made, 1, dict.fromkeys(questions, "book"))
    return made


def answered(evaluation, fence, outputs, **more):
    """As the engine leaves an attempt."""
    attempt = evaluation.run_dir.attempt(fence)
    attempt.folder.mkdir(parents=True)
    rows = [
        PredictionRecord(id=one.pk, output=said, ended="stop", prompt_tokens=9, output_tokens=2,
                         prompt_text="", **more)
        for one, said in outputs.items()
    ]  # fmt: skip
    attempt.predictions.write_text("".join(one.to_json() + "\n" for one in rows))


def accuracy(evaluation):
    return [one.value for one in evaluation.scores.filter(metric="accuracy", slice="")]


def test_it_is_queued_and_keeps_its_numbers_until_new_answers_come(measured, rui):
    measure_again(by=rui, evaluation=measured)
    measured.refresh_from_db()
    assert (measured.state, measured.finished_at, measured.step) == ("queued", None, 0)
    assert accuracy(measured) == [pytest.approx(1 / 3)]
    assert measured.is_scored
    assert [(one.deed, one.by) for one in measured.deeds.all()] == [("again", rui)]


def test_the_next_attempt_takes_over_no_answer_of_the_last(measured, rui):
    measure_again(by=rui, evaluation=measured)
    assert not measured.run_dir.attempt(1).predictions.exists()


def test_new_answers_take_the_place_of_all_that_was_known(measured, rui, questions):
    measure_again(by=rui, evaluation=measured)
    lease = claim("a worker")
    handler = EvaluationHandler(Job.objects.get(pk=measured.pk), lease)
    sure = {"book": -0.1, "cancel": -3.0, "refund": -3.0}
    answered(measured, 2, {one: one.response for one in questions}, label_logprobs=sure)

    handler.gather(Outcome("finish"))

    measured.refresh_from_db()
    assert not measured.is_scored
    assert not measured.scores.exists(), "they were of answers that are no more"
    Job.objects.filter(pk=measured.pk).update(state="finished")
    score(evaluation=Evaluation.objects.get())
    measured.refresh_from_db()
    assert accuracy(measured) == [1.0]
    assert measured.scores.filter(metric="brier", slice="").exists()
    assert not lacks_probabilities(measured)


def test_a_scoring_between_the_answers_and_the_end_is_done_once_more(measured, rui, questions):
    measure_again(by=rui, evaluation=measured)
    handler = EvaluationHandler(Job.objects.get(pk=measured.pk), claim("a worker"))
    answered(measured, 2, {one: one.response for one in questions})
    handler.gather(Outcome("finish"))
    score(evaluation=Evaluation.objects.get())
    handler.over(Outcome("finish"))
    Job.objects.filter(pk=measured.pk).update(state="finished")
    assert Evaluation.objects.unscored().count() == 1, "the scheduler finds it without a broker"


def test_one_under_way_stays_as_it_is(measured, rui):
    for _ in range(2):
        measure_again(by=rui, evaluation=measured)
    assert measured.deeds.count() == 1


def test_without_its_weights_there_is_nothing_to_ask(measured, rui):
    Checkpoint.objects.update(deleted_at="2026-01-01T00:00:00Z")
    measured.checkpoint.refresh_from_db()
    with pytest.raises(NothingToDo):
        measure_again(by=rui, evaluation=measured)


@pytest.mark.parametrize("who", ["ada", "vera"])
def test_it_takes_a_role_that_may_evaluate(measured, who, request):
    with pytest.raises(PermissionDenied):
        measure_again(by=request.getfixturevalue(who), evaluation=measured)


def test_over_rest_it_is_asked_for_with_again(measured, rui):
    client = APIClient()
    client.force_authenticate(rui)
    asked = {"snapshot": measured.snapshot_id, "checkpoint": measured.checkpoint_id}
    assert client.post("/api/v1/evaluations/", asked).json()["state"] == "finished"
    answer = client.post("/api/v1/evaluations/", asked | {"again": True})
    assert (answer.status_code, answer.json()["id"]) == (200, measured.pk)
    assert answer.json()["state"] == "queued"


def test_the_page_of_a_classifier_without_probabilities_says_so_and_has_the_button(
    measured, rui, client
):
    client.force_login(rui)
    address = reverse("evaluation", args=["letters", measured.pk])
    before = client.get(address).content.decode()
    assert "probabilities were not kept" in before
    assert 'value="again"' in before
    client.post(reverse("evaluation_do", args=["letters", measured.pk]), {"deed": "again"})
    after = client.get(address).content.decode()
    assert "It is being measured again" in after
    assert 'value="again"' not in after
    assert "0.333" in after
