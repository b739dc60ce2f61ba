"""The studio's wishes are obeyed after the step at hand, and nothing is lost by them."""

import signal
import subprocess
import sys

import pytest

from engine.events import EXIT_FINISHED, EXIT_ORPHANED, EXIT_PAUSED, EXIT_STOPPED
from engine.process import run as run_job
from engine.run_dir import Control
from tests.engine.runs import NANO, curve, said, write_run

LOOK = 0.02


@pytest.fixture
def run(questions, tmp_path):
    """A run that would go on for long."""
    return write_run(tmp_path / "1", "sft", NANO, {"train": questions}, tuning="full",
                     batch_size=4, epochs=1000, checkpoint_every=100_000)  # fmt: skip


@pytest.fixture
def process(run):
    """The run in its own process, ended with the test."""
    command = [sys.executable, "-m", "engine", "sft", str(run.root), "--lifeline"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        yield process
        process.kill()


def wait_for(process, seen):
    while not seen():
        try:
            process.wait(LOOK)
        except subprocess.TimeoutExpired:
            continue
        raise AssertionError(process.stderr.read().decode())


@pytest.mark.parametrize(
    ("want", "state", "code"), [("stop", "stopped", EXIT_STOPPED), ("pause", "paused", EXIT_PAUSED)]
)
def test_a_wish_to_leave_is_granted_with_a_checkpoint(run, process, want, state, code):
    wait_for(process, lambda: curve(run, "train/loss"))
    run.ask(Control(want=want))
    assert process.wait() == code
    assert said(run, "state")[-1]["state"] == state
    [checkpoint] = said(run, "checkpoint")
    assert checkpoint["step"] == len(curve(run, "train/loss"))
    assert not checkpoint["final"]
    assert (run.attempt(1).folder / checkpoint["path"] / "resume" / "state.json").is_file()


def test_sigterm_stops_cleanly(run, process):
    wait_for(process, lambda: curve(run, "train/loss"))
    process.send_signal(signal.SIGTERM)
    assert process.wait() == EXIT_STOPPED
    assert said(run, "state")[-1]["state"] == "stopped"
    assert len(said(run, "checkpoint")) == 1


def test_a_checkpoint_is_made_when_asked_for_and_the_run_goes_on(run, process):
    wait_for(process, lambda: curve(run, "train/loss"))
    run.ask(Control(checkpoint=1))
    wait_for(process, lambda: said(run, "checkpoint"))
    steps = len(curve(run, "train/loss"))
    wait_for(process, lambda: len(curve(run, "train/loss")) > steps)
    assert len(said(run, "checkpoint")) == 1


def test_the_process_leaves_at_once_when_its_lifeline_closes(run, process):
    wait_for(process, lambda: curve(run, "train/loss"))
    process.stdin.close()
    assert process.wait() == EXIT_ORPHANED
    assert not said(run, "checkpoint")


def test_a_run_asked_to_stop_before_it_began_trains_nothing(run):
    run.ask(Control(want="stop"))
    assert run_job("sft", run.root, 1, None) == EXIT_STOPPED
    assert not curve(run, "train/loss")
    assert not said(run, "checkpoint")


def test_a_paused_run_goes_on_from_its_checkpoint(questions, tmp_path):
    run = write_run(tmp_path / "2", "sft", NANO, {"train": questions}, tuning="full", epochs=1, batch_size=4)  # fmt: skip
    run.ask(Control(want="run", checkpoint=3))  # asked of an earlier attempt: not asked of this one
    assert run_job("sft", run.root, 1, None) == EXIT_FINISHED
    assert [one["final"] for one in said(run, "checkpoint")] == [True]
