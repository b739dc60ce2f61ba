"""`predict` answers every record once, says exactly what the model saw, and goes on after a kill."""

import json

import pytest

from engine.events import EXIT_FAILED, EXIT_FINISHED, EXIT_STOPPED
from engine.process import run as run_job
from engine.records import PredictionRecord
from engine.run_dir import Control
from tests.engine.runs import LABELS, question, said, trained_nano, write_run

QUESTIONS = [question(i, f"which colour has number {i}?", LABELS[i % 3]) for i in range(1, 25)]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A nano model after three steps: it knows nothing, but it answers."""
    return trained_nano(tmp_path_factory.mktemp("base") / "1", QUESTIONS, epochs=2)


@pytest.fixture
def job(base, tmp_path):
    return write_run(tmp_path / "2", "predict", base, {"test": QUESTIONS}, max_new_tokens=6, tokens_per_batch=200)  # fmt: skip


def predictions(run, fence=1):
    lines = run.attempt(fence).predictions.read_text(encoding="utf-8").splitlines()
    return [PredictionRecord(**json.loads(line)) for line in lines]


def test_every_record_is_answered_once_with_the_prompt_as_the_model_saw_it(job):
    assert run_job("predict", job.root, 1, None) == EXIT_FINISHED
    found = predictions(job)
    assert sorted(one.id for one in found) == [one.id for one in QUESTIONS]
    first = next(one for one in found if one.id == 1)
    assert first.prompt_text == "<|user|>which colour has number 1?<|assistant|>"
    assert first.ended in {"stop", "length"}
    assert 1 <= first.output_tokens <= 6
    assert said(job, "state")[-1]["state"] == "finished"
    assert said(job, "progress")[-1] | {"at": 0} == {
        "at": 0, "kind": "progress", "step": 24, "total_steps": 24, "seconds_left": 0.0,
    }  # fmt: skip


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_an_attempt_that_goes_on_after_a_kill_answers_as_if_nothing_had_happened(
    base, tmp_path, temperature
):
    settings = {"max_new_tokens": 6, "tokens_per_batch": 200, "temperature": temperature}
    whole = write_run(tmp_path / "whole", "predict", base, {"test": QUESTIONS}, **settings)
    killed = write_run(tmp_path / "killed", "predict", base, {"test": QUESTIONS}, **settings)
    run_job("predict", whole.root, 1, None)
    text = whole.attempt(1).predictions.read_bytes()
    killed.attempt(1).folder.mkdir(parents=True)
    killed.attempt(1).predictions.write_bytes(text[: len(text) * 2 // 3])  # in mid-line
    assert run_job("predict", killed.root, 2, None) == EXIT_FINISHED
    assert sorted(predictions(killed, 2), key=lambda one: one.id) == sorted(
        predictions(whole), key=lambda one: one.id
    )


def test_a_wish_to_stop_is_obeyed_between_batches(job):
    job.ask(Control(want="stop"))
    assert run_job("predict", job.root, 1, None) == EXIT_STOPPED
    assert said(job, "state")[-1]["state"] == "stopped"
    assert 0 < len(predictions(job)) < len(QUESTIONS)
    job.ask(Control(want="run"))
    assert run_job("predict", job.root, 2, None) == EXIT_FINISHED
    assert sorted(one.id for one in predictions(job, 2)) == [one.id for one in QUESTIONS]


def test_a_prompt_longer_than_the_model_ends_in_error_and_the_others_are_answered(base, tmp_path):
    long = question(99, "why? " * 3000, "red")
    run = write_run(tmp_path / "3", "predict", base, {"test": [*QUESTIONS, long]}, max_new_tokens=6)
    assert run_job("predict", run.root, 1, None) == EXIT_FINISHED
    by_id = {one.id: one for one in predictions(run)}
    assert by_id[99].ended == "error"
    assert "leave room for 2042" in by_id[99].error
    assert by_id[99].error_said["values"]["room"] == 2042
    assert {one.ended for id, one in by_id.items() if id != 99} <= {"stop", "length"}


def test_two_splits_are_refused(base, tmp_path):
    run = write_run(tmp_path / "4", "predict", base, {"test": QUESTIONS, "train": QUESTIONS})
    assert run_job("predict", run.root, 1, None) == EXIT_FAILED
    [failure] = said(run, "failure")
    assert failure["type"] == "spec"
