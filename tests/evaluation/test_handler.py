"""From a claimed job to a run directory, and from what the engine left there to predictions."""

import json

import pytest
from django.utils import translation

from engine.errors import DataError
from engine.records import PredictionRecord, read_records, read_tasks
from engine.words import Words
from evaluation.actions.request import request
from evaluation.handlers import EvaluationHandler
from evaluation.models import Evaluation
from training.lease import Fenced, claim
from training.models import Job
from training.runner.outcome import Outcome


@pytest.fixture
def handler(settings, tmp_path, tao, snapshot, base_model):
    settings.STUDIO_HOME, settings.RUNS_ROOT, settings.MODELS_ROOT = (
        tmp_path,
        tmp_path / "runs",
        tmp_path / "models",
    )
    base_model.folder.mkdir(parents=True)
    request(by=tao, snapshot=snapshot, base_model=base_model)
    lease = claim("a worker")
    return EvaluationHandler(Job.objects.get(), lease)


def predicted(handler, rows):
    handler.attempt.folder.mkdir(parents=True, exist_ok=True)
    lines = [
        PredictionRecord(id=revision.pk, output=output, ended="stop", prompt_tokens=9,
                         output_tokens=2, prompt_text="<|im_start|>").to_json()
        for revision, output in rows.items()
    ]  # fmt: skip
    handler.attempt.predictions.write_text("".join(line + "\n" for line in lines))


def test_the_run_directory_says_everything_that_is_needed(handler, questions, snapshot):
    handler.prepare()
    spec = handler.run_dir.spec()
    assert (spec.method, list(spec.data), spec.settings.max_new_tokens) == ("predict", ["test"], 16)
    assert spec.lineage["snapshot_hash"] == snapshot.content_hash
    assert [one.id for one in read_records(handler.run_dir.split("test"))] == [
        one.pk for one in questions
    ]
    assert read_tasks(handler.run_dir.tasks_path)["intent"].labels == ["book", "cancel", "refund"]
    assert Evaluation.objects.get().spec["method"] == "predict"


def test_what_the_engine_wrote_is_stored_as_it_came(handler, questions):
    predicted(handler, dict.fromkeys(questions, "book\x00 it"))
    handler.gather(Outcome("finish"))
    found = Evaluation.objects.get().predictions.first()
    assert found.output == "book\ufffd it"
    assert (found.ended, found.prompt_text, found.correct) == ("stop", "<|im_start|>", None)


def test_why_there_is_no_answer_is_told_in_the_readers_language(handler, questions):
    predicted(handler, dict.fromkeys(questions, "book"))
    why = Words("The last %(n)s trials failed.", n=3)  # a sentence that is translated
    lines = handler.attempt.predictions.read_text().splitlines()
    row = json.loads(lines[0]) | {"ended": "error", "error": why, "error_said": why.parts()}
    handler.attempt.predictions.write_text("\n".join([json.dumps(row), *lines[1:]]) + "\n")
    handler.gather(Outcome("finish"))
    found = Evaluation.objects.get().predictions.get(ended="error")
    assert found.why == found.error == "The last 3 trials failed."
    with translation.override("zh-hans"):
        assert "3" in found.why
        assert "trials" not in found.why
    found.error_said = None
    assert found.why == found.error, "a row from before"


def test_reading_the_file_twice_changes_nothing(handler, questions):
    predicted(handler, dict.fromkeys(questions, "book"))
    handler.gather(Outcome("finish"))
    handler.gather(Outcome("finish"))
    assert Evaluation.objects.get().predictions.count() == 6


def test_an_attempt_that_was_overtaken_writes_nothing(handler, questions):
    predicted(handler, dict.fromkeys(questions, "book"))
    Job.objects.update(fence=99)
    with pytest.raises(Fenced):
        handler.gather(Outcome("finish"))
    assert not Evaluation.objects.get().predictions.exists()


def test_missing_rows_are_a_failure_not_a_smaller_n(handler, questions):
    predicted(handler, dict.fromkeys(questions[:4], "book"))
    with pytest.raises(DataError, match="4 of 6 rows"):
        handler.gather(Outcome("finish"))


def test_an_answer_to_a_question_nobody_asked_is_refused(handler, questions, write, intent):
    stranger = write(intent, "Not in the snapshot", "book")
    predicted(handler, dict.fromkeys([*questions, stranger], "book"))
    with pytest.raises(DataError, match=f"revision {stranger.pk} is not in this split"):
        handler.gather(Outcome("finish"))


def test_a_broken_line_is_named(handler):
    handler.attempt.folder.mkdir(parents=True)
    handler.attempt.predictions.write_text(json.dumps({"id": 1}) + "\n")
    with pytest.raises(DataError, match=r"predictions.jsonl row 1"):
        handler.gather(Outcome("finish"))


def test_a_stopped_evaluation_is_not_read(handler):
    handler.gather(Outcome("stop"))
    assert not Evaluation.objects.get().predictions.exists()
