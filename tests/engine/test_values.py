"""A setting takes the value that was given, or says what it must be; it never takes another."""

import pytest

from engine.errors import SpecError
from engine.settings import settings_for


@pytest.mark.parametrize(
    ("given", "taken"), [(8, 8), ("8", 8), (8.0, 8), ("8.0", 8), ("4e3", 4000)]
)
def test_a_whole_number_may_come_as_a_form_or_json_writes_it(given, taken):
    assert settings_for("sft", {"batch_size": given}).batch_size == taken


@pytest.mark.parametrize(
    ("name", "given", "why"),
    [
        ("batch_size", 2.7, "a whole number, not 2.7"),
        ("batch_size", "2.7", "a whole number, not '2.7'"),
        ("batch_size", float("inf"), "a whole number, not inf"),
        ("batch_size", "nan", "a whole number, not 'nan'"),
        ("batch_size", 10**400, "at most 4096"),
        ("batch_size", [8], r"a number, not \[8\]"),
        ("batch_size", True, "a int"),
        ("learning_rate", "nan", "a number, not NaN"),
        ("learning_rate", float("inf"), "at most 1"),
        ("learning_rate", 10**400, "a number"),
        ("schedule", ["cosine"], "one of cosine, "),
        ("compile", 1, "true or false"),
    ],
)
def test_what_it_can_not_be_is_refused(name, given, why):
    with pytest.raises(SpecError, match=f"{name}: must be {why}"):
        settings_for("sft", {name: given})
