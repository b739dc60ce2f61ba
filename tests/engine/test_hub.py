"""A hub's model is fetched once: what a run began with is what it goes on with."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from huggingface_hub import constants

from engine.errors import ModelError
from engine.hub import hub_folder

FILES = {
    "config.json": b'{"edition": 1}',
    "model.safetensors": b"weights",
    "pickled.bin": b"never",
    "consolidated.safetensors": b"the weights once more",
}


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A hub on this machine, and an empty cache: (the repository's commit and files, paths asked for)."""
    repository, asked = {"sha": "1" * 40, "files": dict(FILES)}, []

    class Hub(BaseHTTPRequestHandler):
        def answer(self, body, status=200, **headers):
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def do_GET(self):
            asked.append(self.path)
            sha, files = repository["sha"], repository["files"]
            name = self.path.rpartition("/")[2].partition("?")[0]
            if "/resolve/" in self.path and name in files:
                return self.answer(files[name], X_Repo_Commit=sha, ETag=f'"{sha}{name}"')
            if "/tree/" in self.path:
                found = [
                    {"type": "file", "path": one, "size": len(text), "oid": one}
                    for one, text in files.items()
                ]
                return self.answer(json.dumps(found).encode(), Content_Type="application/json")
            if "/api/models/someone/something" in self.path:
                told = {"id": "someone/something", "sha": sha, "siblings": []}
                return self.answer(json.dumps(told).encode(), Content_Type="application/json")
            return self.answer(b"{}", 404, X_Error_Code="RepoNotFound")

        do_HEAD = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(
        constants,
        "HUGGINGFACE_CO_URL_TEMPLATE",
        address + "/{repo_id}/resolve/{revision}/{filename}",
    )
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    yield repository, asked
    server.shutdown()
    server.server_close()


def test_what_its_owner_published_since_changes_nothing(hub):
    repository, asked = hub
    first = hub_folder("someone/something")
    assert {one.name for one in first.iterdir()} == {"config.json", "model.safetensors"}
    repository["sha"] = "2" * 40
    repository["files"]["config.json"] = b'{"edition": 2}'
    asked.clear()
    again = hub_folder("someone/something")
    assert (again, (again / "config.json").read_bytes()) == (first, FILES["config.json"])
    assert not asked


def test_what_broke_off_is_fetched_to_its_end(hub):
    folder = hub_folder("someone/something")
    (folder / "model.safetensors").unlink()
    assert (hub_folder("someone/something") / "model.safetensors").read_bytes() == b"weights"


def test_an_id_that_nobody_has_is_said_with_what_to_do(hub):
    with pytest.raises(ModelError, match="nobody/nothing can't be fetched") as refused:
        hub_folder("nobody/nothing")
    assert "hf download" in refused.value.remedy
