"""Every address of the studio, from the URL resolver: a new route is walked the day it is added."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from django.urls import URLPattern, URLResolver, get_resolver

BEFORE = re.compile(r"([\w-]+)/[^/]*$")
PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
PUBLIC = {
    *("sign_in", "lost_password", "link", "set_theme", "set_language", "sign_out"),
    *("healthz", "readyz", "metrics", "gallery", "api_schema", "api_docs", "api_redemptions"),
    "api_lost_passwords",
}
"""Names of routes that answer a stranger: each holds nothing of any project, or asks for a secret itself."""


class Route(NamedTuple):
    name: str
    pattern: str
    methods: frozenset[str]
    """What its view answers to; all of them for a function, which says 405 itself."""

    @property
    def is_api(self) -> bool:
        return self.pattern.startswith("api/")

    def address(self, world: dict[str, object]) -> str:
        """The path, each parameter filled with what `world` has for the words before it.

        `pairs/<int:pk>/` takes world["pairs"], `p/<slug:slug>/` world["p"]. A KeyError here means: a
        new noun has an address; give the world one of it.
        """
        path = self.pattern.replace("^", "").replace("$", "").replace("\\Z", "")
        while found := PARAMETER.search(path):
            noun = BEFORE.search(path[: found.start()])[1]
            path = path[: found.start()] + str(world[noun]) + path[found.end() :]
        return "/" + path


def routes() -> list[Route]:
    return list(_walk(get_resolver().url_patterns, ""))


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
    for one in patterns:
        pattern = prefix + str(one.pattern).removeprefix("^")
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, pattern)
        else:
            yield Route(one.name or pattern, pattern, _methods(one.callback))


def _methods(view: object) -> frozenset[str]:
    actions = getattr(view, "actions", None)  # a viewset: {"get": "list"}
    if actions:
        return frozenset(method.upper() for method in actions) - {"HEAD"}
    cls = getattr(view, "view_class", getattr(view, "cls", None))
    if cls is None:
        return frozenset({"GET", "POST"})
    known = ("get", "post", "put", "patch", "delete")
    return frozenset(method.upper() for method in known if hasattr(cls, method))
