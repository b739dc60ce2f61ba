"""Pushes to a hub that answers over HTTP, by the hub's own client."""

import pytest

from engine import events
from engine.run_dir import Control
from tests.engine.push.conftest import FILES, failure_of
from tests.engine.runs import said
from tests.servers.hub import TOKEN, Repository

PLACE = {"destination": "hub", "name": "team/letters"}


def test_everything_arrives_in_one_commit_of_a_private_repository(hub, export, push):
    folder = export()
    run, code = push(folder, endpoint=hub.address, **PLACE)
    assert code == events.EXIT_FINISHED, failure_of(run)
    made = hub.repositories["team/letters"]
    assert made.private
    assert made.files == FILES | {"SHA256SUMS": (folder / "SHA256SUMS").read_bytes()}
    assert made.commits == ["Letters, run 1, step 4"]
    [pushed] = said(run, "pushed")
    assert pushed["url"] == f"{hub.address}/team/letters"
    assert len(pushed["revision"]) == 40


def test_a_public_repository_is_made_only_when_asked_for(hub, export, push):
    push(export(), endpoint=hub.address, public=True, **PLACE)
    assert not hub.repositories["team/letters"].private
    run, _code = push(export(name="again"), fence=2, endpoint=hub.address, public=True, **PLACE)
    assert said(run, "pushed")[-1]["open"] is True


def test_a_private_repository_stays_private_and_that_is_said(hub, export, push):
    hub.repositories["team/letters"] = Repository(private=True)
    run, code = push(export(), endpoint=hub.address, public=True, **PLACE)
    assert (code, said(run, "pushed")[0]["open"]) == (events.EXIT_FINISHED, False)
    assert hub.repositories["team/letters"].private


def test_a_private_push_into_an_open_repository_is_refused_before_anything_is_sent(
    hub, export, push
):
    hub.repositories["team/letters"] = Repository(private=False)
    run, code = push(export(), endpoint=hub.address, **PLACE)
    assert code == events.EXIT_FAILED
    assert "open to everybody" in failure_of(run)["message"]
    assert hub.objects == {}


def test_pushed_twice_there_is_one_commit_and_nothing_is_sent_again(hub, export, push):
    folder = export()
    push(folder, endpoint=hub.address, **PLACE)
    hub.seen.clear()
    _run, code = push(folder, fence=2, endpoint=hub.address, **PLACE)
    assert code == events.EXIT_FINISHED
    assert len(hub.repositories["team/letters"].commits) == 1
    assert not [one for one in hub.seen if one.startswith("PUT")]


def test_after_a_break_only_what_is_missing_is_sent(hub, export, push):
    folder = export(FILES | {"a.safetensors": b"first" * 100})
    hub.refuse = lambda method, path: 403 if "/commit/" in path else None
    _run, code = push(folder, endpoint=hub.address, **PLACE)
    assert (code, hub.repositories["team/letters"].files) == (events.EXIT_FAILED, {})
    hub.refuse, _ = (lambda method, path: None), hub.seen.clear()
    _run, code = push(folder, fence=2, endpoint=hub.address, **PLACE)
    assert code == events.EXIT_FINISHED
    assert not [one for one in hub.seen if one.startswith("PUT")]
    assert hub.repositories["team/letters"].files["a.safetensors"] == b"first" * 100


def test_another_export_takes_away_what_the_earlier_one_left_and_nothing_else(hub, export, push):
    push(export(), endpoint=hub.address, **PLACE)
    hub.repositories["team/letters"].files["by-hand.txt"] = b"ours"
    other = export({"README.md": b"# Other\n", "model.gguf": b"G" * 300}, name="other")
    push(other, fence=2, endpoint=hub.address, **PLACE)
    files = hub.repositories["team/letters"].files
    assert files.keys() == {"README.md", "model.gguf", "SHA256SUMS", "by-hand.txt"}


def test_where_the_hub_does_not_say_what_the_earlier_one_left_nothing_is_added_to_it(
    hub, export, push
):
    push(export(), endpoint=hub.address, **PLACE)
    before = dict(hub.repositories["team/letters"].files)
    hub.refuse = lambda method, path: 503 if "/resolve/" in path else None
    other = export({"README.md": b"# Other\n", "model.gguf": b"G" * 300}, name="other")
    run, _code = push(other, fence=2, endpoint=hub.address, **PLACE)
    assert failure_of(run, fence=2)["type"] == "unreachable"
    assert hub.repositories["team/letters"].files == before


@pytest.mark.parametrize(
    ("token", "name", "kind", "words", "remedy"),
    [
        ("", "team/letters", "credentials", "has no HUB_TOKEN", "Set HUB_TOKEN"),
        ("wrong", "team/letters", "credentials", "does not know the token", "Set HUB_TOKEN"),
        (TOKEN, "others/letters", "credentials", "may not write to others/letters", "the right to write"),
        (TOKEN, "no place", "spec", "can't be pushed to", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_remedy(
    hub, export, push, monkeypatch, token, name, kind, words, remedy
):
    monkeypatch.setenv("HUB_TOKEN", token)
    run, code = push(export(), destination="hub", name=name, endpoint=hub.address)
    failure = failure_of(run)
    assert (code, failure["type"]) == (events.EXIT_FAILED, kind)
    assert words in failure["message"]
    assert remedy in failure["remedy"]


def test_a_hub_that_is_not_there_is_tried_again_then_named(hub, export, push):
    run, _code = push(export(), endpoint="http://127.0.0.1:9", **PLACE)
    assert failure_of(run)["type"] == "unreachable"
    assert "127.0.0.1:9" in failure_of(run)["message"]
    assert len([one for one in said(run, "log") if "trying again" in one["message"]]) == 1


def test_neither_token_nor_signed_address_is_written_down(hub, export, push, capfd):
    hub.refuse = lambda method, path: 403 if method == "PUT" else None
    run, _code = push(export(), endpoint=hub.address, **PLACE)
    written = "".join(one.read_text() for one in run.root.rglob("*") if one.is_file())
    written += "".join(capfd.readouterr())
    assert '"credentials"' in written
    assert TOKEN not in written
    assert "s3cr3t" not in written


def test_an_export_that_was_changed_does_not_leave(hub, export, push):
    folder = export()
    (folder / "model.safetensors").write_bytes(b"others")
    run, _code = push(folder, endpoint=hub.address, **PLACE)
    assert "is not the file that was exported" in failure_of(run)["message"]
    assert hub.seen == []


def test_asked_to_stop_it_leaves_and_commits_nothing(hub, export, push, tmp_path):
    def stop(method, path):
        if method == "PUT":
            from engine.run_dir import RunDir

            RunDir(tmp_path / "job").ask(Control("stop"))

    hub.refuse = stop
    folder = export(FILES | {"b.safetensors": b"second" * 100})
    run, code = push(folder, endpoint=hub.address, **PLACE)
    assert code == events.EXIT_STOPPED
    assert said(run, "state")[-1]["state"] == "stopped"
    assert hub.repositories["team/letters"].files == {}
