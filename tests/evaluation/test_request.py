"""Asking for an evaluation, and what the studio asks for by itself."""

import pytest
from django.core.exceptions import PermissionDenied

from authoring.errors import Invalid, NothingToDo
from evaluation.actions import automatic
from evaluation.actions.request import request as ask
from evaluation.models import Evaluation
from training.models import BaseModel, Run
from training.states import JobState


def request(**asked):
    return ask(**asked).evaluation


def test_it_is_queued_for_the_device_worker(tao, snapshot, checkpoint):
    made = request(by=tao, snapshot=snapshot, checkpoint=checkpoint)
    assert (made.state, made.kind, made.rows, made.created_by) == ("queued", "evaluation", 6, tao)
    assert made.base_model == checkpoint.run.base_model


def test_a_classification_gets_sixteen_new_tokens(tao, snapshot, checkpoint):
    made = request(by=tao, snapshot=snapshot, checkpoint=checkpoint)
    assert made.settings["max_new_tokens"] == 16
    assert made.settings["temperature"] == 0.0


def test_the_longest_task_of_the_split_decides(tao, freeze, questions, answers, write, checkpoint):
    mixed = freeze(test=[*questions, write(answers, "Capital of France?", "Paris")])
    assert request(by=tao, snapshot=mixed, checkpoint=checkpoint).settings["max_new_tokens"] == 64


def test_asking_twice_gives_the_same_evaluation(tao, rui, snapshot, checkpoint):
    first = request(by=tao, snapshot=snapshot, checkpoint=checkpoint)
    assert request(by=rui, snapshot=snapshot, checkpoint=checkpoint) == first


def test_another_generation_setting_is_another_evaluation(tao, snapshot, checkpoint):
    first = request(by=tao, snapshot=snapshot, checkpoint=checkpoint)
    second = request(
        by=tao, snapshot=snapshot, checkpoint=checkpoint, settings={"max_new_tokens": 32}
    )
    assert second != first


def test_where_it_runs_makes_no_other_evaluation(tao, snapshot, checkpoint):
    first = request(by=tao, snapshot=snapshot, checkpoint=checkpoint)
    moved = request(by=tao, snapshot=snapshot, checkpoint=checkpoint, settings={"threads": 1})
    assert moved == first


def test_one_that_failed_is_queued_again(tao, snapshot, checkpoint):
    made = request(by=tao, snapshot=snapshot, checkpoint=checkpoint)
    Evaluation.objects.update(state=JobState.FAILED, failure={"message": "no disk"})
    again = request(by=tao, snapshot=snapshot, checkpoint=checkpoint)
    again.refresh_from_db()
    assert (again, again.state, again.failure) == (made, "queued", None)


@pytest.mark.parametrize("who", ["ada", "vera", "eve"])
def test_it_takes_a_role_that_may_evaluate(who, named, snapshot, checkpoint):
    with pytest.raises(PermissionDenied):
        request(by=named(who), snapshot=snapshot, checkpoint=checkpoint)


@pytest.fixture
def named(request):
    return request.getfixturevalue


def test_a_setting_out_of_range_is_named(tao, snapshot, checkpoint):
    with pytest.raises(Invalid) as caught:
        request(by=tao, snapshot=snapshot, checkpoint=checkpoint, settings={"max_new_tokens": 0})
    assert caught.value.fields == {"max_new_tokens": ["must be at least 1"]}


def test_an_empty_split_is_refused_with_the_way_out(tao, snapshot, checkpoint):
    with pytest.raises(NothingToDo) as caught:
        request(by=tao, snapshot=snapshot, split="validation", checkpoint=checkpoint)
    assert "Freeze a snapshot" in str(caught.value.remedy)


def test_it_measures_one_model_not_two(tao, snapshot, checkpoint, base_model):
    with pytest.raises(Invalid):
        request(by=tao, snapshot=snapshot, checkpoint=checkpoint, base_model=base_model)
    with pytest.raises(Invalid):
        request(by=tao, snapshot=snapshot)


def test_a_launched_run_has_its_starting_weights_measured(run, base_model):
    automatic.request(run=run)
    [made] = Evaluation.objects.all()
    assert (made.base_model, made.checkpoint) == (base_model, None)


def test_a_run_from_a_checkpoint_has_that_checkpoint_measured_too(run, checkpoint, tao):
    run.parent = checkpoint
    automatic.request(run=run)
    assert set(Evaluation.objects.values_list("checkpoint", flat=True)) == {None, checkpoint.pk}


def test_a_registered_checkpoint_is_measured_before_the_next_run(run, checkpoint):
    automatic.request(run=run, checkpoint=checkpoint)
    [made] = Evaluation.objects.all()
    assert made.checkpoint == checkpoint
    assert made.priority > Run().priority


def test_weights_from_nothing_are_not_measured(run):
    run.base_model = BaseModel.objects.create(name="Nano", slug="nano", source="scratch")
    automatic.request(run=run)
    assert not Evaluation.objects.exists()


def test_a_run_without_test_split_trains_all_the_same(run, freeze, questions):
    run.snapshot = freeze(train=questions)
    automatic.request(run=run)
    assert not Evaluation.objects.exists()


def test_a_seed_makes_another_evaluation_only_where_something_is_drawn(tao, snapshot, checkpoint):
    def asked(**settings):
        return request(by=tao, snapshot=snapshot, checkpoint=checkpoint, settings=settings)

    assert asked(seed=1) == asked(seed=2)
    assert asked(seed=1, temperature=0.7) != asked(seed=2, temperature=0.7)
