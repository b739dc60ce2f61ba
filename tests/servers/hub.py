"""A small model hub over HTTP: the endpoints that huggingface_hub's own client uses to push.

Repositories with a visibility, files small and large (Git LFS, basic transfer), commits; one token.
What a client sends is kept and checked: an LFS object is refused unless its bytes have the sum that it
was announced with.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

TOKEN = "hf_token_of_the_team"
OWNERS = ("team",)
SMALL = 100
"""Files with as many bytes or fewer are regular, the others LFS."""


@dataclass
class Repository:
    private: bool
    files: dict[str, bytes] = field(default_factory=dict)
    commits: list[str] = field(default_factory=list)

    @property
    def head(self) -> str:
        return _sha256(repr(self.commits).encode())[:40]


@dataclass
class Hub:
    address: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    """`METHOD path` of each request."""
    refuse: Callable[[str, str], int | None] = lambda method, path: None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *args: Any) -> None:
        pass

    def _serve(self) -> None:
        path = urlsplit(self.path).path
        length = int(self.headers.get("Content-Length") or 0)
        chunked = self.headers.get("Transfer-Encoding") == "chunked"
        body = self._chunks() if chunked else self.rfile.read(length)
        self.hub.seen.append(f"{self.command} {path}")
        if status := self.hub.refuse(self.command, path):
            return self._answer(status, {"error": "refused"})
        if path.startswith("/lfs/"):  # an address handed out by the batch below needs no token
            return self._keep_object(path.removeprefix("/lfs/"), body)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.close_connection = True
            return self._answer(401, {"error": "Invalid credentials in Authorization header"})
        parts = path.strip("/").split("/")
        match self.command, parts:
            case "POST", ["api", "repos", "create"]:
                self._create(json.loads(body))
            case "POST", ["api", "validate-yaml"]:
                self._answer(200, {"errors": [], "warnings": []})
            case "GET", ["api", "models", owner, name]:
                self._with(f"{owner}/{name}", self._info)
            case "GET", ["api", "models", owner, name, "revision", "main"]:
                self._with(f"{owner}/{name}", self._info)
            case "POST", ["api", "models", owner, name, "preupload", "main"]:
                self._with(f"{owner}/{name}", self._preupload, json.loads(body))
            case "POST", [owner, name, "info", "lfs", "objects", "batch"]:
                self._with(f"{owner}/{name}".removesuffix(".git"), self._batch, json.loads(body))
            case "POST", ["api", "models", owner, name, "commit", "main"]:
                lines = [json.loads(line) for line in body.splitlines() if line]
                self._with(f"{owner}/{name}", self._commit, lines)
            case "GET", ["api", "models", owner, name, "tree", "main"]:
                self._with(f"{owner}/{name}", self._tree)
            case "GET", [owner, name, "resolve", "main", file]:
                self._with(f"{owner}/{name}", self._resolve, file)
            case _:
                self._answer(404, {"error": f"this hub has no {self.command} {path}"})

    do_GET = do_POST = do_PUT = do_HEAD = _serve

    def _create(self, asked: dict[str, Any]) -> None:
        owner = asked["organization"]
        if owner not in OWNERS:
            return self._answer(
                403, {"error": f"You don't have the rights to create under {owner}"}
            )
        name = f"{owner}/{asked['name']}"
        there = name in self.hub.repositories
        if not there:
            self.hub.repositories[name] = Repository(private=asked.get("visibility") == "private")
        self._answer(409 if there else 200, {"url": f"{self.hub.address}/{name}", "name": name})

    def _with(self, name: str, then: Callable[..., None], *arguments: Any) -> None:
        if name not in self.hub.repositories:
            self._answer(404, {"error": "Repository not found"}, {"X-Error-Code": "RepoNotFound"})
        else:
            then(self.hub.repositories[name], *arguments)

    def _info(self, repository: Repository) -> None:
        told = {"id": "x", "sha": repository.head, "private": repository.private}
        self._answer(200, told | {"tags": [], "siblings": []})

    def _preupload(self, repository: Repository, asked: dict[str, Any]) -> None:
        files = []
        for one in asked["files"]:
            large = one["size"] > SMALL
            there = repository.files.get(one["path"])
            oid = there and (_sha256(there) if large else _git_sha1(there))
            mode = "lfs" if large else "regular"
            files.append(
                {"path": one["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid or None}
            )
        self._answer(200, {"files": files})

    def _batch(self, repository: Repository, asked: dict[str, Any]) -> None:
        objects: list[dict[str, Any]] = []
        for one in asked["objects"]:
            told: dict[str, Any] = {"oid": one["oid"], "size": one["size"]}
            if one["oid"] not in self.hub.objects:
                told["actions"] = {
                    "upload": {"href": f"{self.hub.address}/lfs/{one['oid']}?sig=s3cr3t"}
                }
            objects.append(told)
        self._answer(200, {"transfer": "basic", "objects": objects})

    def _keep_object(self, oid: str, body: bytes) -> None:
        if _sha256(body) != oid:
            return self._answer(422, {"error": "the bytes are others"})
        self.hub.objects[oid] = body
        self._answer(200, {})

    def _commit(self, repository: Repository, lines: list[dict[str, Any]]) -> None:
        files = dict(repository.files)
        title = ""
        for line in lines:
            value = line["value"]
            match line["key"]:
                case "header":
                    title = value["summary"]
                case "file":
                    files[value["path"]] = base64.b64decode(value["content"])
                case "lfsFile":
                    files[value["path"]] = self.hub.objects[value["oid"]]
                case "deletedFile":
                    del files[value["path"]]
        repository.files = files
        repository.commits.append(title)
        url = f"{self.hub.address}/x/y/commit/{repository.head}"
        self._answer(200, {"success": True, "commitOid": repository.head, "commitUrl": url})

    def _tree(self, repository: Repository) -> None:
        told = [
            {"type": "file", "path": name, "oid": _git_sha1(body), "size": len(body)}
            for name, body in repository.files.items()
        ]
        self._answer(200, told)

    def _resolve(self, repository: Repository, name: str) -> None:
        found = repository.files.get(name)
        self._answer(200 if found is not None else 404, found if found is not None else b"")

    def _chunks(self) -> bytes:
        whole = b""
        while size := int(self.rfile.readline().strip() or b"0", 16):
            whole += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return whole

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(raw)


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _git_sha1(body: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%s" % (len(body), body)).hexdigest()  # noqa: S324 (git's)


@contextmanager
def hub_server() -> Iterator[Hub]:
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
