"""What every test shares. Fixtures of one kind of test stand beside those tests."""

import os

import pytest

pytest_plugins = ["tests.cast"]

REAL_THINGS = ("redis", "browser", "smollm", "database")
"""Markers of tests that use a real server, browser or model. Elsewhere they may skip where it can't
be had; in CI such a skip is a failure, or nobody would notice that they stopped running. Those marked
`gpu` skip there too: CI has none."""


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
