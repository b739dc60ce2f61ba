"""An S3 service that answers over HTTP (moto's), which knows one key and can be made to break off."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

KEY, SECRET = "AKIATESTTESTTEST", "secret-of-the-bucket"
UNKNOWN = (
    b"<?xml version='1.0'?><Error><Code>InvalidAccessKeyId</Code>"
    b"<Message>The AWS Access Key Id you provided does not exist in our records.</Message></Error>"
)


class S3Server:
    """`seen` holds (method, path) of each request; `refuse(method, path)` → a status to answer with."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []
        self.refuse: Callable[[str, str], int | None] = lambda method, path: None
        self._app = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING", "")
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"] + (query and f"?{query}")
        self.seen.append((method, path))
        if f"Credential={KEY}/" not in environ.get("HTTP_AUTHORIZATION", ""):
            start("403 Forbidden", [("Content-Type", "application/xml")])
            return [UNKNOWN]
        if status := self.refuse(method, path):
            start(f"{status} No", [("Content-Type", "application/xml")])
            return [b"<Error><Code>Refused</Code></Error>"]
        return self._app(environ, start)


class _Quiet(WSGIRequestHandler):
    def log(self, *args: Any) -> None:
        pass


@contextmanager
def s3_server() -> Iterator[tuple[str, S3Server]]:
    """(its address, the server)"""
    app = S3Server()
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", app
    finally:
        server.shutdown()
        thread.join()
