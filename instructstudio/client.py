"""A small client of the studio's own REST API, for the demo and the benchmarks. Standard library only."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


class Refused(Exception):
    """The API answered with a problem (RFC 9457). `status` and `body` are what it said."""

    def __init__(self, method: str, path: str, status: int, body: dict[str, Any]) -> None:
        told = " ".join(str(body.get(name, "")) for name in ("detail", "remedy", "errors"))
        super().__init__(f"{method} {path}: {status} {told}".strip())
        self.status = status
        self.body = body


class Client:
    """One person's bearer token at one studio."""

    def __init__(self, site: str, token: str) -> None:
        self.root = site.rstrip("/") + "/api/v1/"
        self.token = token

    def get(self, path: str, **query: Any) -> Any:
        return self._send("GET", f"{path}?{urllib.parse.urlencode(query)}" if query else path)

    def pages(self, path: str, **query: Any) -> Iterator[Any]:
        """Every result of a paginated list."""
        page = self.get(path, **query)
        while True:
            yield from page["results"]
            if not page["next"]:
                return
            page = self._send("GET", page["next"])

    def post(self, path: str, **body: Any) -> Any:
        """POST with an Idempotency-Key, so that a repeat after a lost answer does nothing twice."""
        return self._send("POST", path, json.dumps(body).encode(), "application/json")

    def patch(self, path: str, **body: Any) -> Any:
        return self._send("PATCH", path, json.dumps(body).encode(), "application/json")

    def upload(self, path: str, file: Path, **fields: Any) -> Any:
        """POST a file as multipart/form-data, in the field `file`."""
        boundary = uuid.uuid4().hex
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        parts.append(
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n".encode()
            + file.read_bytes()
        )
        parts.append(f"\r\n--{boundary}--\r\n".encode())
        return self._send(
            "POST", path, b"".join(parts), f"multipart/form-data; boundary={boundary}"
        )

    def wait(
        self,
        path: str,
        done: Callable[[Any], bool],
        *,
        seconds: float,
        told: Callable[[Any], None] | None = None,
    ) -> Any:
        """GET `path` once a second until `done`; tells each answer. Raises TimeoutError."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = self.get(path)
            if told:
                told(answer)
            if done(answer):
                return answer
            time.sleep(1.0)
        raise TimeoutError(f"{path} was not done within {seconds:.0f} s")

    def _send(
        self, method: str, path: str, body: bytes | None = None, content_type: str = ""
    ) -> Any:
        url = path if path.startswith("http") else self.root + path
        headers = {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if body is not None:
            headers |= {"Content-Type": content_type}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        request = urllib.request.Request(url, data=body, headers=headers, method=method)  # noqa: S310 (the studio's address)
        try:
            text = _open(request)
        except urllib.error.HTTPError as error:
            raise Refused(method, path, error.code, _problem(error.read()))
        return json.loads(text) if text else None


def _open(request: urllib.request.Request, tries: int = 3) -> bytes:
    """The answer's body; a lost connection is tried again, which the Idempotency-Key makes safe."""
    for attempt in range(tries):
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:  # noqa: S310
                return answer.read()
        except urllib.error.HTTPError:
            raise
        except (urllib.error.URLError, ConnectionError):
            if attempt == tries - 1:
                raise
            time.sleep(1.0)
    raise AssertionError("unreachable")


def _problem(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError:
        return {"detail": text[:300].decode(errors="replace")}
    return found if isinstance(found, dict) else {"detail": str(found)}
