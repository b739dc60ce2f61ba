"""Pushes to an S3 service that answers over HTTP, by Amazon's own client."""

import pytest

from engine import events
from engine.push import s3, watch
from engine.run_dir import Control, RunDir
from tests.engine.push.conftest import FILES, failure_of
from tests.engine.runs import said

PIECES = b"0123456789abcdef" * (700_000)
"""11 MB: three pieces of 5."""


@pytest.fixture
def where(bucket, s3_service):
    _server, _client, name = bucket
    return {
        "destination": "s3", "name": "letters/run-1", "bucket": name, "prefix": "models",
        "endpoint": s3_service[0],
    }  # fmt: skip


def held(bucket) -> dict[str, bytes]:
    _server, client, name = bucket
    found = client.list_objects_v2(Bucket=name).get("Contents", [])
    return {
        one["Key"]: client.get_object(Bucket=name, Key=one["Key"])["Body"].read() for one in found
    }


def sent(bucket) -> list[str]:
    return [path for method, path in bucket[0].seen if method == "PUT" and "letters" in path]


def test_everything_arrives_under_prefix_and_place_the_sums_last(bucket, where, export, push):
    folder = export()
    run, code = push(folder, **where)
    assert code == events.EXIT_FINISHED, failure_of(run)
    files = FILES | {"SHA256SUMS": (folder / "SHA256SUMS").read_bytes()}
    assert held(bucket) == {f"models/letters/run-1/{name}": body for name, body in files.items()}
    assert sent(bucket)[-1].endswith("SHA256SUMS")
    [pushed] = said(run, "pushed")
    assert pushed["url"] == f"s3://{where['bucket']}/models/letters/run-1/"


def test_pushed_twice_nothing_is_sent_again(bucket, where, export, push):
    folder = export()
    push(folder, **where)
    bucket[0].seen.clear()
    _run, code = push(folder, fence=2, **where)
    assert (code, sent(bucket)) == (events.EXIT_FINISHED, [])


def test_a_file_in_pieces_goes_on_with_the_piece_at_which_it_broke(
    bucket, where, export, push, monkeypatch
):
    monkeypatch.setattr(s3, "PIECE", 5 << 20)
    folder = export({"model.safetensors": PIECES})
    bucket[0].refuse = lambda method, path: 403 if "partNumber=3" in path else None
    run, code = push(folder, **where)
    assert (code, failure_of(run)["type"]) == (events.EXIT_FAILED, "credentials")
    bucket[0].refuse = lambda method, path: None
    bucket[0].seen.clear()
    run, code = push(folder, fence=2, **where)
    assert code == events.EXIT_FINISHED
    piece, _sums = sent(bucket)
    assert "partNumber=3" in piece
    assert held(bucket)["models/letters/run-1/model.safetensors"] == PIECES


def test_asked_to_pause_the_pieces_stay_and_asked_to_stop_they_go(
    bucket, where, export, push, monkeypatch, tmp_path
):
    monkeypatch.setattr(s3, "PIECE", 5 << 20)
    monkeypatch.setattr(watch, "EVERY", 0.0)
    folder = export({"model.safetensors": PIECES})
    for fence, (want, code, left) in enumerate(
        [("pause", events.EXIT_PAUSED, 1), ("stop", events.EXIT_STOPPED, 0)], start=1
    ):
        RunDir(tmp_path / "job").ask(Control())
        part = f"partNumber={fence}"

        def ask(method, path, want=want, part=part):
            if part in path:
                RunDir(tmp_path / "job").ask(Control(want))

        bucket[0].refuse = ask
        assert push(folder, fence=fence, **where)[1] == code
        begun = bucket[1].list_multipart_uploads(Bucket=where["bucket"]).get("Uploads", [])
        assert len(begun) == left


def test_asked_to_stop_it_is_stopped_though_the_pieces_can_not_be_taken_away(
    bucket, where, export, push, monkeypatch, tmp_path
):
    monkeypatch.setattr(s3, "PIECE", 5 << 20)
    monkeypatch.setattr(watch, "EVERY", 0.0)

    def refuse(method, path):
        if "partNumber=1" in path:
            RunDir(tmp_path / "job").ask(Control("stop"))
        return 403 if method == "DELETE" else None

    bucket[0].refuse = refuse
    run, code = push(export({"model.safetensors": PIECES}), **where)
    assert code == events.EXIT_STOPPED
    [left] = [one for one in said(run, "log") if one["level"] == "warning"]
    assert "pieces of models/letters/run-1/model.safetensors stay" in left["message"]


def test_a_place_that_holds_other_files_is_left_as_it_is(bucket, where, export, push):
    _server, client, name = bucket
    client.put_object(Bucket=name, Key="models/letters/run-1/config.json", Body=b"others")
    run, _code = push(export(), **where)
    assert failure_of(run)["type"] == "target"
    assert "holds other files: config.json" in failure_of(run)["message"]
    assert held(bucket) == {"models/letters/run-1/config.json": b"others"}


def test_a_folder_that_a_console_made_is_empty(bucket, where, export, push):
    _server, client, name = bucket
    client.put_object(Bucket=name, Key="models/letters/run-1/", Body=b"")
    run, code = push(export(), **where)
    assert code == events.EXIT_FINISHED, failure_of(run)


@pytest.mark.parametrize(
    ("change", "environment", "kind", "words"),
    [
        ({"bucket": "no-such-bucket"}, {}, "target", "there is no bucket no-such-bucket"),
        ({}, {"AWS_ACCESS_KEY_ID": "AKIAWRONG"}, "credentials", "does not know the AWS keys"),
        ({"endpoint": "http://127.0.0.1:9"}, {}, "unreachable", "http://127.0.0.1:9 can't be reached"),
        ({"name": "../elsewhere"}, {}, "spec", "can't be pushed to"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(where, export, push, monkeypatch, change, environment, kind, words):
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    run, code = push(export(), **(where | change))
    assert (code, failure_of(run)["type"]) == (events.EXIT_FAILED, kind)
    assert words in failure_of(run)["message"]
    assert failure_of(run)["remedy"]


def test_no_key_is_written_down(bucket, where, export, push, capfd):
    bucket[0].refuse = lambda method, path: 403 if method == "PUT" else None
    run, _code = push(export(), **where)
    written = "".join(one.read_text() for one in run.root.rglob("*") if one.is_file())
    written += "".join(capfd.readouterr())
    assert '"credentials"' in written
    assert "AKIATEST" not in written
    assert "secret-of-the-bucket" not in written
