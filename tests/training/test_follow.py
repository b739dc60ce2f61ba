"""What an engine says and prints, followed into the database, batch by batch."""

import json

import pytest
from django.db import OperationalError

from authoring.models import Revision
from training.actions import runs
from training.follow import Follower
from training.handlers import handler_for
from training.handlers.run import RunHandler
from training.lease import claim
from training.log_tail import CHUNK, LogTail
from training.models import Checkpoint, Job, Point, Run

pytestmark = pytest.mark.database

RUNNING = {"kind": "state", "state": "running", "total_steps": 10}


@pytest.fixture
def run(tao, project, snapshot, nano, no_broker):
    return runs.launch(by=tao, project=project, method="sft", snapshot=snapshot, base_model=nano)


@pytest.fixture
def attempt(run):
    """attempt() → a follower of the next attempt, as its worker would make one."""

    def made() -> Follower:
        Job.objects.filter(pk=run.pk).update(heartbeat_at=None)
        lease = claim("worker")
        return Follower(lease, handler_for(Job.objects.get(pk=run.pk), lease))

    return made


def say(follower: Follower, *events: dict, end: str = "\n") -> None:
    path = follower._handler.attempt.events
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.write("".join(json.dumps(event) + end for event in events))


def checkpoint(follower: Follower, step: int, **changed) -> dict:
    """The event of a checkpoint whose folder is there."""
    folder = follower._handler.attempt.checkpoint(step)
    folder.mkdir(parents=True)
    event = {"kind": "checkpoint", "step": step, "path": f"checkpoints/{folder.name}",
             "sha256": "ab" * 32, "bytes": 7, "layout": "full", "values": {}, "final": False}  # fmt: skip
    return event | changed


def test_state_and_progress(attempt, run):
    follower = attempt()
    say(follower, RUNNING, {"kind": "progress", "step": 3, "total_steps": 10, "seconds_left": 8.5})

    follower.follow()

    run.refresh_from_db()
    assert (run.state, run.step, run.total_steps, run.seconds_left) == ("running", 3, 10, 8.5)


def test_what_was_followed_is_not_followed_again(attempt, run):
    follower = attempt()
    say(follower, RUNNING, {"kind": "point", "step": 1, "values": {"train/loss": 2.0}})

    assert follower.follow()
    assert not follower.follow()

    run.refresh_from_db()
    assert run.events_offset == follower._handler.attempt.events.stat().st_size


def test_half_a_line_waits_for_its_other_half(attempt, run):
    follower = attempt()
    say(follower, {"kind": "point", "step": 1, "values": {"train/loss": 2.0}}, end="")
    follower.follow()
    assert not run.points.exists()

    with open(follower._handler.attempt.events, "a") as file:
        file.write("\n")
    follower.follow()

    assert run.values_of("train/loss") == [(1, 2.0)]


def test_a_line_longer_than_a_batch_is_read_whole(attempt, run):
    follower = attempt()
    say(follower, {"kind": "sample", "step": 1, "prompt": "x" * 1_200_000, "output": "y"})

    follower.follow_to_the_end()

    assert len(run.samples.get().prompt) == 1_200_000


def test_a_step_said_again_by_a_resumed_attempt_replaces_the_first(attempt, run):
    first = attempt()
    say(first, {"kind": "point", "step": 1, "values": {"train/loss": 2.0, "train/grad_norm": 1.0}})
    first.follow()

    second = attempt()
    say(second, {"kind": "point", "step": 1, "values": {"train/loss": 2.5}})
    second.follow()

    assert run.values_of("train/loss") == [(1, 2.5)]
    assert run.values_of("train/grad_norm") == [(1, 1.0)]
    assert Point.objects.get(run=run, name="train/loss").fence == 2


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), None])
def test_what_is_no_number_becomes_null(attempt, run, value):
    follower = attempt()
    say(follower, {"kind": "point", "step": 1, "values": {"train/loss": value}},
        checkpoint(follower, 1, values={"validation/loss": value}))  # fmt: skip

    follower.follow()

    assert run.values_of("train/loss") == [(1, None)]
    assert run.checkpoints.get().values == {"validation/loss": None}


@pytest.mark.django_db(transaction=True)
def test_samples_keep_their_places_when_a_resumed_attempt_says_them_again(attempt, run, snapshot):
    revision = snapshot.items.first().revision_id
    for output in ("a", "b"):
        follower = attempt()
        for number in (1, 2):
            say(follower, {"kind": "sample", "step": 5, "record": revision, "prompt": "p\x00",
                           "output": f"{output}{number}", "reference": "r", "score": 0.5, "group": 3})  # fmt: skip
            follower.follow()

    samples = list(run.samples.order_by("position"))
    assert [one.output for one in samples] == ["b1", "b2"]
    assert (samples[0].revision_id, samples[0].score, samples[0].values) == (
        revision,
        0.5,
        {"group": 3},
    )
    assert samples[0].prompt == "p\ufffd", "PostgreSQL takes no NUL"


def test_a_sample_of_a_record_that_is_gone_is_kept_without_it(attempt, run):
    nobody = Revision.objects.order_by("-pk").first().pk + 1
    follower = attempt()
    say(follower, {"kind": "sample", "step": 1, "record": nobody, "prompt": "p", "output": "o"})

    follower.follow()

    assert run.samples.get().revision_id is None


def test_a_checkpoint_exists_once_its_event_was_followed(attempt, run, home):
    follower = attempt()
    say(follower, checkpoint(follower, 4, values={"validation/loss": 1.5}, final=True))

    follower.follow()

    [kept] = run.checkpoints.kept()
    assert (kept.step, kept.fence, kept.layout, kept.bytes) == (4, 1, "full", 7)
    assert (kept.values, kept.final) == ({"validation/loss": 1.5}, True)
    assert kept.folder == home / "runs" / str(run.pk) / "attempts/1/checkpoints/step-000004"
    run.refresh_from_db()
    assert run.best_checkpoint == kept


@pytest.mark.parametrize("broken", ["folder", "hash"])
def test_a_checkpoint_without_folder_or_hash_does_not_exist(attempt, run, broken):
    follower = attempt()
    event = checkpoint(follower, 4, sha256="" if broken == "hash" else "ab" * 32)
    if broken == "folder":
        follower._handler.attempt.checkpoint(4).rmdir()
    say(follower, event)

    follower.follow()

    assert not Checkpoint.objects.exists()


def test_a_run_that_gets_somewhere_forgets_how_often_its_worker_was_lost(attempt, run):
    attempt()
    follower = attempt()
    run.refresh_from_db()
    assert run.takeovers == 1

    say(follower, checkpoint(follower, 4))
    follower.follow()

    run.refresh_from_db()
    assert run.takeovers == 0


def test_the_next_attempt_goes_on_from_the_newest_checkpoint_that_is_still_there(attempt, run):
    follower = attempt()
    say(follower, *(checkpoint(follower, step) for step in (2, 4, 6)))
    follower.follow()
    follower._handler.attempt.checkpoint(6).rmdir()

    resumed = attempt()

    assert resumed._handler.resume_from().name == "step-000004"


def test_each_checkpoint_is_evaluated_if_the_run_asks_for_it(attempt, run):
    follower = attempt()
    say(follower, checkpoint(follower, 2))
    follower.follow()
    assert [one.job_ptr.kind for one in run.checkpoints.get().evaluations.all()] == ["evaluation"]

    Run.objects.filter(pk=run.pk).update(evaluate=False)
    quiet = attempt()
    say(quiet, checkpoint(quiet, 4))
    quiet.follow()

    assert not run.checkpoints.get(step=4).evaluations.exists()


def test_the_last_words_of_an_engine_are_its_failure(attempt):
    follower = attempt()
    say(
        follower,
        {"kind": "failure", "type": "diverged", "message": "m", "remedy": "r", "traceback": "t"},
    )

    follower.follow()

    assert follower.failure == {"type": "diverged", "message": "m", "remedy": "r", "traceback": "t"}


def test_the_log_has_what_was_printed_said_and_noted(attempt, run):
    follower = attempt()
    follower.note("Attempt 1")
    with open(follower._handler.attempt.log, "a") as file:
        file.write("printed\n")
    say(follower, {"kind": "log", "level": "warning", "message": "row 3 is left out"})

    follower.follow_to_the_end()

    text = "".join(run.log_chunks.values_list("text", flat=True))
    assert text == "Attempt 1\nprinted\nwarning: row 3 is left out\n"


class FailsOnce(RunHandler):
    """Its first batch is refused after everything in it was written."""

    failed = False

    def ingest(self, events) -> None:
        super().ingest(events)
        if not self.failed:
            self.failed = True
            raise OperationalError("database is locked")


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_could_not_be_stored_is_stored_whole_the_next_time(attempt, run, settings):
    settings.JOB_HANDLERS = {"run": f"{__name__}.FailsOnce"}
    follower = attempt()
    follower.note("noted")
    say(follower, {"kind": "sample", "step": 1, "prompt": "p", "output": "o"},
        {"kind": "log", "level": "info", "message": "said"})  # fmt: skip
    with pytest.raises(OperationalError):
        follower.follow()
    assert not run.samples.exists()

    follower.follow_to_the_end()

    assert [one.position for one in run.samples.all()] == [0]
    assert "".join(one.text for one in run.log_chunks.all()) == "noted\ninfo: said\n"


def test_the_log_comes_in_chunks_of_whole_characters(tmp_path):
    text = "训练" * 5000
    tail = LogTail(tmp_path / "log.txt")
    tail.path.write_text(text)

    chunks = tail.read().chunks

    assert "".join(piece for _, piece in chunks) == text
    assert max(len(piece.encode()) for _, piece in chunks) <= CHUNK
    assert [offset for offset, _ in chunks] == [0, 8190, 16380, 24570]


def test_a_character_cut_by_the_writer_waits_for_its_rest(tmp_path):
    tail = LogTail(tmp_path / "log.txt")
    whole = "aé训".encode()
    for end in range(1, len(whole) + 1):
        tail.path.write_bytes(whole[:end])
        chunks, tail.offset = tail.read()
        assert all("\ufffd" not in piece for _, piece in chunks)

    assert tail.offset == len(whole)


def test_a_flood_is_cut_in_the_middle_and_that_is_said(tmp_path):
    tail = LogTail(tmp_path / "log.txt")
    tail.path.write_text("".join(f"line {number}\n" for number in range(100_000)))

    chunks = tail.read().chunks

    assert sum(len(piece) for _, piece in chunks) < 10 * CHUNK
    assert "bytes skipped" in chunks[0][1]
    assert chunks[-1][1].endswith("line 99999\n")
