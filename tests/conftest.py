"""What every test shares. Fixtures of one kind of test stand beside those tests."""

import os

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.cast"]

settings.register_profile(
    "the same on every machine",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("the same on every machine")
"""A slow machine, or an example that nobody has drawn before, fails no commit that passed yesterday.
To look for new examples: `--hypothesis-profile=default`."""

REAL_THINGS = ("redis", "browser", "smollm", "database")
"""Markers of tests that use a real server, browser or model. Elsewhere they may skip where it can't
be had; in CI such a skip is a failure, or nobody would notice that they stopped running. Those marked
`gpu` skip there too: CI has none."""


@pytest.fixture(autouse=True)
def nobody_was_here_before() -> None:
    """What is counted for rate limits, or believed of workers for some seconds, is kept in memory; a
    test's people have the ids of the last's."""
    cache.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if (
        report.skipped
        and os.environ.get("CI")
        and not item.get_closest_marker("gpu")
        and any(item.get_closest_marker(name) for name in REAL_THINGS)
    ):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI, where it must run: {report.longrepr}"
    return report
