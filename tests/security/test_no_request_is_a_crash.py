"""Whatever is sent to an address of REST or of the pages, the answer says what is wrong: never a 500.

The operations come from the OpenAPI schema, the wrong values from a table: whoever adds a field or an
operation gets it walked.
"""

import json

import pytest
from django.core.cache import cache
from django.db import transaction

from tests.security.routes import routes

pytestmark = [pytest.mark.django_db, pytest.mark.database]

DEEP = json.loads("[" * 120 + "]" * 120)
BODIES = {
    "nothing": None,
    "a text": "no such thing",
    "a number": 1,
    "a list": [[], {}, None],
    "half a character": {"a": "\ud800"},
    "half a character as a name": {"\ud800": 1},
    "infinity": {"a": float("inf")},
    "a huge number": {"a": 10**30},
    "a deep list": DEEP,
}
"""Refused before any field is looked at."""
VALUES = {
    "null": None,
    "a text": "no such thing",
    "NUL": "a\x00b",
    "the largest number": 2**63 - 1,
    "a negative number": -1,
    "a text that floats are made of": "nan",
    "lists": [[], {}, None, "\x00", 2**62],
    "objects": {"a\x00": {"b": [0.5]}, "c": "x" * 500},
    "a long text": "x" * 70_000,
    "true": True,
}
QUERIES = {
    "a text": "no such thing",
    "NUL": "\x00",
    "half a character": "%ed%a0%80",
    "a huge number": "9" * 30,
    "an absurd number": "9" * 3000,
    "an Arabic digit and a superscript": "٣²",
    "infinity": "1e999",
    "not a number": "nan",
    "a long text": "x" * 3000,
    "a wild card": "%(",
}
PAGE_QUERIES = (
    "a text",
    "NUL",
    "half a character",
    "a huge number",
    "an Arabic digit and a superscript",
)
FIELDS = {
    "NUL": "\x00",
    "half a character": "\ud800".encode("utf-8", "surrogatepass"),
    "a huge number": "9" * 30,
    "an absurd number": "9" * 5000,
}
PAGE_FIELDS = (
    *(
        "task",
        "turn",
        "system",
        "input",
        "response",
        "tags",
        "language",
        "source",
        "licence",
        "pair",
    ),
    *(
        "revision",
        "draft",
        "deed",
        "then",
        "verdict",
        "comment",
        "pairs",
        "tag",
        "name",
        "slug",
        "kind",
    ),
    *(
        "labels",
        "guidelines",
        "instruction",
        "metric",
        "reward",
        "email",
        "role",
        "password",
        "old",
    ),
    *("snapshot", "start", "method", "epochs", "batch_size", "learning_rate", "split_rule", "seed"),
    *("threshold", "tasks", "languages", "train", "validation", "test", "longest", "leaks", "note"),
    *(
        "checkpoint",
        "base_model",
        "split",
        "max_new_tokens",
        "reference",
        "width",
        "depth",
        "heads",
    ),
    *(
        "theme",
        "next",
        "time_zone",
        "model",
        "format",
        "file",
        "near",
        "position",
        "clarity",
        "all",
    ),
    *("trials", "at_once", "keep", "learning_rate_how", "learning_rate_low", "learning_rate_list"),
    *("tuning_ticks", "batch_size_list", "pruning"),
    *("approvals_required", "description", "number", "id", "ids", "chosen", "query", "undo"),
)
PAGE_PARAMETERS = (
    *(
        "q",
        "state",
        "task",
        "language",
        "author",
        "tag",
        "origin",
        "sort",
        "after",
        "before",
        "page",
    ),
    *("pair", "split", "format", "snapshot", "run", "metric", "slice", "setting", "a", "b", "show"),
    *(
        "evaluation",
        "label",
        "reference_label",
        "ended",
        "correct",
        "like",
        "method",
        "model",
        "start",
    ),
    *("checkpoint", "revision", "next", "seed", "threshold", "longest", "fractions", "as", "name"),
    *(
        "page_size",
        "all",
        "step",
        "empty",
        "base_model",
        "id",
        "train",
        "test",
        "validation",
        "tasks",
    ),
)


@pytest.fixture
def operations(script, olga) -> list[tuple[str, str, dict[str, object]]]:
    """(method, path, operation) of the schema, with request bodies resolved."""
    schema = script(olga).get("/api/v1/schema/?format=json").json()
    parts = schema["components"]["schemas"]
    found = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            if method in {"get", "post", "put", "patch", "delete"}:
                found.append((method, path, _properties(operation, parts)))
    return found


def _properties(operation, parts) -> dict[str, object]:
    """name → schema of each field of the body, and `query` → names of the parameters."""
    content = operation.get("requestBody", {}).get("content", {})
    body = next(iter(content.values()), {}).get("schema", {})
    body = parts.get(body.get("$ref", "").rpartition("/")[2], body)
    query = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
    return {"fields": body.get("properties", {}), "query": query}


def paths_of(world) -> dict[str, str]:
    """The schema's path → the address in the poisoned project."""
    import re

    found = {}
    for route in routes():
        if route.is_api:
            plain = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", route.pattern)
            plain = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", plain).replace("^", "").replace("$", "")
            found[re.sub(r"{\w+}", "{}", "/" + plain)] = route.address(world)
    return {path: found[re.sub(r"{\w+}", "{}", path)] for path in found} | found


@pytest.fixture
def address(world):
    import re

    known = paths_of(world)
    return lambda path: known[re.sub(r"{\w+}", "{}", path)]


def sent(client, method, address, value):
    data = json.dumps(value)
    return getattr(client, method)(address, data=data, content_type="application/json")


def test_no_field_of_any_body_crashes_it(script, olga, world, operations, address):
    client = script(olga)
    crashed = []
    for method, path, asked in operations:
        if method in {"get", "delete"}:
            continue
        fields = asked["fields"]
        plain = {name: _fitting(name, one, world) for name, one in fields.items()}
        bodies = dict(BODIES)
        for name in fields:
            bodies |= {f"{name}: {what}": {**plain, name: one} for what, one in VALUES.items()}
        for what, value in bodies.items():
            cache.clear()
            with transaction.atomic():  # each request finds the world as it was
                answer = sent(client, method, address(path), value)
                transaction.set_rollback(True)
            if answer.status_code >= 500 and answer.status_code != 503:
                crashed.append(f"{method} {path} {what}")
    assert not crashed, "\n".join(crashed)


def _fitting(name: str, one: dict, world) -> object:
    """A value that passes, so that the wrong one beside it is what is looked at."""
    by_name = {
        "task": "poison",
        "parent": 2,
        "snapshot": world["snapshots"],
        "base_model": world["models"],
        "pairs": [world["pairs"]],
        "method": "sft",
        "verdict": "approve",
        "deed": "tag",
        "tag": "a",
        "turns": [{"role": "user", "content": "a"}],
        "response": "b",
        "name": "a name",
    }
    if name in by_name:
        return by_name[name]
    return {"integer": 1, "boolean": False, "array": [], "object": {}}.get(one.get("type"), "a")


def test_no_parameter_of_any_list_crashes_it(script, olga, world, operations, address):
    client = script(olga)
    crashed = []
    for method, path, asked in operations:
        for name in asked["query"] if method == "get" else []:
            for what, value in QUERIES.items():
                cache.clear()
                answer = client.get(address(path), {name: value})
                if answer.status_code >= 500:
                    crashed.append(f"{path} {name}: {what}")
    assert not crashed, "\n".join(crashed)


@pytest.mark.parametrize("number", ["9" * 30, "9" * 19, "0", "9" * 5000])
def test_no_number_in_an_address_crashes_it(script, browse, olga, world, number):
    absurd = {noun: number if isinstance(id_, int) else id_ for noun, id_ in world.items()}
    client, browser = script(olga), browse(olga)
    crashed = []
    for route in routes():
        for method in route.methods if "<int" in route.pattern or "(?P" in route.pattern else ():
            cache.clear()
            who = client if route.is_api else browser
            answer = getattr(who, method.lower())(route.address(absurd), {})
            if answer.status_code >= 500:
                crashed.append(f"{method} {route.name}")
    assert not crashed, "\n".join(crashed)


def test_no_parameter_of_any_page_crashes_it(browse, olga, world):
    browser, crashed = browse(olga), []
    for route in routes():
        for what in PAGE_QUERIES if not route.is_api else ():
            value = QUERIES[what]
            answer = browser.get(route.address(world), dict.fromkeys(PAGE_PARAMETERS, value))
            if answer.status_code >= 500 and route.name != "readyz":
                crashed.append(f"{route.name} {what}")
    assert not crashed, "\n".join(crashed)


def test_no_field_of_any_page_crashes_it(browse, olga, world):
    browser, crashed = browse(olga), []
    for route in routes():
        for what, value in FIELDS.items() if not route.is_api else ():
            with transaction.atomic():
                answer = browser.post(route.address(world), dict.fromkeys(PAGE_FIELDS, value))
                transaction.set_rollback(True)
            if not browser.cookies["sessionid"].value:  # one of them signs out
                browser.force_login(olga)
            if answer.status_code >= 500:
                crashed.append(f"{route.name} {what}")
    assert not crashed, "\n".join(crashed)


@pytest.mark.parametrize("page", ["write/autosave/", "pairs/{pairs}/autosave/"])
@pytest.mark.parametrize(
    "body",
    [
        *(json.dumps(one).encode() for one in BODIES.values()),
        *(
            json.dumps(dict.fromkeys(("task", "turn", "tags", "revision"), one)).encode()
            for one in VALUES.values()
        ),
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"\xff\xfe",
        b"9" * 10_000,
        b"",
    ],
)
def test_no_autosave_crashes_it(browse, olga, world, page, body):
    address = f"/p/poison/{page.format(**world)}"
    answer = browse(olga).post(address, body, content_type="application/json")
    assert answer.status_code < 500
    assert answer.json()["detail"]


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"9" * 10_000, b"{"]
)
def test_no_broken_json_crashes_it(script, olga, world, body):
    answer = script(olga).post("/api/v1/projects/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["detail"]


@pytest.mark.parametrize("path", ["/api/v1/no/such/", "/api/v1/pairs/none/", "/api/v2/"])
def test_an_address_that_is_none_is_a_problem_to_scripts(script, olga, path):
    answer = script(olga).get(path)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["remedy"]


def test_a_crash_is_a_problem_to_scripts_and_a_page_to_people(
    script, browse, olga, world, monkeypatch
):
    from authoring.models import Project

    def broken(self, user):
        raise RuntimeError("the secret of the test")

    monkeypatch.setattr(type(Project.objects), "for_user", broken)
    for answer, kind in (
        (script(olga).get("/api/v1/projects/"), "application/problem+json"),
        (browse(olga).get("/p/poison/"), "text/html; charset=utf-8"),
    ):
        assert (answer.status_code, answer["Content-Type"]) == (500, kind)
        assert answer["X-Request-Id"]
        assert "secret of the test" not in answer.content.decode()
