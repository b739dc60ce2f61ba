"""The OpenAPI document of the REST API: valid, without a warning, and about every address."""

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema


@pytest.fixture(scope="module")
def schema():
    GENERATOR_STATS.reset()
    return SchemaGenerator().get_schema(request=None, public=True)


def test_it_is_valid_and_generated_without_a_warning(schema):
    validate_schema(schema)
    assert not GENERATOR_STATS


def test_every_operation_says_what_it_answers(schema):
    silent = [
        f"{method} {path}"
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
        if not operation.get("responses")
    ]
    assert silent == []


def test_what_changes_something_says_what_it_does(schema):
    silent = [
        f"{method} {path}"
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
        if method != "get" and not (operation.get("description") or operation.get("summary"))
    ]
    assert silent == []
