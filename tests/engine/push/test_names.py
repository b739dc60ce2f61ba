"""Which names may be named."""

import pytest

from engine.push.names import is_name


@pytest.mark.parametrize("name", ["team/letters", "Team-1/letters.v2", "a/b_c"])
def test_a_repository_is_an_owner_and_a_name(name):
    assert is_name("hub", name)


@pytest.mark.parametrize(
    "name",
    ["", "letters", "a/b/c", "../b", "a/..", "a/b..c", ".a/b", "a/-b", "a/b.git", "a/b--c", "a/b-",
     "a./b", "a/b\n", "a/b c", "a/ü", "a/" + "b" * 95, "https://x/y", "a\\b/c"],
)  # fmt: skip
def test_what_no_hub_takes_is_refused(name):
    assert not is_name("hub", name)


@pytest.mark.parametrize("name", ["letters", "letters/run-1", "a/b/c_d.e"])
def test_a_folder_of_a_bucket_may_lie_in_folders(name):
    assert is_name("s3", name)


@pytest.mark.parametrize(
    "name",
    ["", "/a", "a/", "a//b", "../a", "a/../b", ".a", "a/.b", "a b", "a\n", "a?x", "a" * 201],
)
def test_what_would_leave_the_prefix_is_refused(name):
    assert not is_name("s3", name)
