"""A real studio, started as its users start it, and real browsers looking at it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from instructstudio.demo import studio as started
from tests.browser import chromium
from tests.browser.person import Person

VAR = Path(__file__).parents[2] / "var"
CONVERTED = [VAR / "models", VAR / "test-models" / "models"]
"""Where the bundled model may lie, already converted; else the studio converts it."""
ARTIFACTS = Path(__file__).parents[2] / "test-artifacts"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser():
    try:
        with chromium.running() as found:
            yield found
    except chromium.NoChromium as error:
        pytest.skip(f"LOUDLY: nothing was tested in a browser. {error}")


@pytest.fixture(scope="module")
def studio(browser, tmp_path_factory) -> Iterator[started.Studio]:
    """`manage.py studio --no-sample` in a home of its own, new for each file; one thread for the engine."""
    log = tmp_path_factory.mktemp("studio") / "studio.log"
    models = next((place for place in CONVERTED if place.is_dir()), None)
    with started.running(
        log,
        models=models,
        DJANGO_SETTINGS_MODULE="instructstudio.settings",
        SECRET_KEY="",
        REANNOUNCE_SECONDS="2",
        OMP_NUM_THREADS="1",
    ) as running:
        yield running


@pytest.fixture
def person(request, browser, studio):
    """Call it with a name for somebody at a browser of their own; their troubles fail the test, and
    so does a traceback in a log of the studio.

    When the test fails, what each of them saw lies in test-artifacts/, with the logs.
    """
    came: list[Person] = []
    failed_before = request.session.testsfailed
    logs = Path(studio.environment["STUDIO_HOME"]) / "logs"

    def enter(name: str) -> Person:
        came.append(Person(name, browser, studio.site))
        return came[-1]

    yield enter
    troubles = [trouble for one in came for trouble in one.troubles]
    troubles += [
        f"a traceback in {log.name}" for log in logs.iterdir() if "Traceback" in log.read_text()
    ]
    if troubles or request.session.testsfailed > failed_before:
        shutil.copytree(logs, ARTIFACTS / request.node.name, dirs_exist_ok=True)
        for one in came:
            one.page.screenshot(path=ARTIFACTS / request.node.name / f"{one.name}.png")
    for one in came:
        one.leaves()
    assert not troubles, "\n".join(troubles)
