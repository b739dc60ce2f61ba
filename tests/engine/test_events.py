"""Events are read whole lines at a time, however long a line or the file is."""

import json
import resource

import pytest

from engine.events import EXIT_FAILED, EventLog, read
from engine.process import run as run_job
from tests.engine.runs import NANO, write_run


def test_a_line_longer_than_a_batch_is_read_whole(tmp_path):
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    for text in ("a", "b" * 5000, "c"):
        log.say("log", message=text)
    found, offset = [], 0
    while (batch := read(path, offset, limit=100)).events:
        found += [one["message"] for one in batch.events]
        offset = batch.offset
    assert found == ["a", "b" * 5000, "c"]
    assert offset == path.stat().st_size


def test_half_a_line_is_left_for_later(tmp_path):
    path = tmp_path / "events.jsonl"
    whole = json.dumps({"kind": "log"}) + "\n"
    path.write_text(whole + '{"kind": "l' + "o" * 500)
    assert read(path, 0, limit=100).offset == len(whole)
    assert read(path, len(whole), limit=100) == ([], len(whole))


def test_a_line_of_which_a_full_disk_took_half_is_no_part_of_the_next(tmp_path):
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log.say("log", message="a")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 100, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            log.say("log", message="b" * 500)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    EventLog(path).say("failure", type="disk")
    log.close()
    assert [one["kind"] for one in read(path).events] == ["log", "failure"]


def test_of_processes_that_fail_one_after_another_the_first_alone_says_why(
    questions, tmp_path, monkeypatch
):
    """However much was said before: the others fail of that, and would tell of a lost connection."""
    monkeypatch.setenv("WORLD_SIZE", "2")
    run = write_run(tmp_path / "1", "sft", NANO, {"train": questions}, tuning="lora")
    log = EventLog(run.attempt(1).events)
    for step in range(30):
        log.say("log", message="x" * 50_000, step=step)
    log.say("failure", type="data", message="the first")
    monkeypatch.setattr("engine.start.together.join", lambda *_: 1 / 0)
    assert run_job("sft", run.root, 1, None) == EXIT_FAILED
    every, offset = [], 0
    while (batch := read(run.attempt(1).events, offset)).events:
        every, offset = every + batch.events, batch.offset
    assert [one["message"] for one in every if one["kind"] == "failure"] == ["the first"]
