"""What an exit code means for the job."""

import signal

import pytest

from authoring.words import told
from engine.events import (
    EXIT_FAILED,
    EXIT_FINISHED,
    EXIT_FULL,
    EXIT_ORPHANED,
    EXIT_PAUSED,
    EXIT_STOPPED,
)
from training.runner.outcome import left, of_process
from training.states import Want

SAID = {"type": "data", "message": "row 3", "remedy": "fix it", "traceback": "…"}


@pytest.mark.parametrize("want", Want.values)
def test_a_finished_process_is_a_finished_job_whatever_was_wanted_at_the_end(want):
    assert of_process(EXIT_FINISHED, want, None).deed == "finish"


@pytest.mark.parametrize("code", [EXIT_STOPPED, EXIT_PAUSED, EXIT_ORPHANED])
@pytest.mark.parametrize(
    ("want", "deed"), [(Want.STOP, "stop"), (Want.PAUSE, "pause"), (Want.RUN, "requeue")]
)
def test_a_process_that_left_early_does_what_people_want(code, want, deed):
    assert of_process(code, want, None).deed == deed
    assert left(want).deed == deed


@pytest.mark.parametrize(
    ("want", "deed"), [(Want.STOP, "stop"), (Want.PAUSE, "pause"), (Want.RUN, "requeue")]
)
@pytest.mark.parametrize("state", ["stopped", "paused"])
def test_several_processes_that_left_early_end_well_and_say_it_in_their_state(want, deed, state):
    assert of_process(EXIT_FINISHED, want, None, state).deed == deed


def test_a_failure_is_told_in_the_engines_words():
    outcome = of_process(EXIT_FAILED, Want.RUN, SAID)

    assert (outcome.deed, outcome.failure) == ("fail", SAID)


@pytest.mark.parametrize("code", [EXIT_FAILED, 2, -signal.SIGSEGV, -signal.SIGKILL])
def test_a_process_that_says_nothing_is_lost_and_that_has_a_remedy(code):
    outcome = of_process(code, Want.RUN, None)

    assert (outcome.deed, outcome.failure["type"]) == ("fail", "lost_process")
    assert outcome.failure["remedy"]


def test_a_disk_that_took_no_word_of_it_is_told_by_the_code():
    outcome = of_process(EXIT_FULL, Want.RUN, None)

    assert (outcome.deed, outcome.failure["type"]) == ("fail", "disk")
    assert "Make room" in told(outcome.failure["remedy"])


def test_being_killed_points_to_memory():
    assert "memory" in told(of_process(-signal.SIGKILL, Want.RUN, None).failure["message"])
    assert "memory" not in told(of_process(-signal.SIGSEGV, Want.RUN, None).failure["message"])
