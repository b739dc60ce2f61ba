"""What a worker stored of a failure is told on pages and over REST in the language of the reader."""

import pytest
from django.utils import translation

from authoring.words import kept
from engine.errors import SpecError
from engine.words import Words
from training.models import Job
from training.runner.outcome import of_error
from training.states import JobState

WITHIN = Words("there are no validation rows to measure")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


@pytest.fixture(autouse=True)
def a_language_of_its_own():
    """A request leaves its language to the thread that answered it: here, to the tests that follow."""
    with translation.override("en"):
        yield


@pytest.fixture
def failed(launch):
    """A run whose worker was told by the engine that a setting makes no sense."""
    run, outcome = launch(), of_error(SpecError({"patience": WITHIN}), "Traceback: as it was")
    Job.objects.filter(pk=run.pk).update(state=JobState.FAILED, failure=outcome.failure)
    return run


@pytest.mark.parametrize("where", ["/api/v1/runs/{run.pk}/", "/p/letters/runs/{run.number}/"])
def test_each_reader_is_told_in_their_own_language(client, failed, tao, where):
    client.force_login(tao)
    here = where.format(run=failed)
    english = client.get(here, headers={"accept-language": "en"}).content.decode()
    chinese = client.get(here, headers={"accept-language": "zh-hans"}).content.decode()
    assert f"patience: {WITHIN}" in english
    assert "patience: " in chinese
    assert WITHIN not in chinese
    assert "Traceback: as it was" in english
    assert "Traceback: as it was" in chinese


def test_a_row_from_before_shows_its_text_to_everybody(client, failed, tao):
    Job.objects.filter(pk=failed.pk).update(
        failure={"type": "disk", "message": "no room", "remedy": "make some", "traceback": ""}
    )
    client.force_login(tao)
    for language in ("en", "zh-hans"):
        page = client.get(
            f"/p/letters/runs/{failed.number}/", headers={"accept-language": language}
        )
        assert "no room" in page.content.decode()


def test_a_refused_setting_is_named_in_the_readers_language_over_rest(client, launch, tao):
    run = launch()
    client.force_login(tao)
    answer = client.post(
        "/api/v1/projects/letters/runs/",
        {"like": run.pk, "settings": {"best_metric": "loss", "validation_rows": 0}},
        content_type="application/json",
        headers={"accept-language": "zh-hans", "idempotency-key": "once"},
    )
    assert answer.status_code == 400
    [told] = answer.json()["errors"]["best_metric"]
    assert told != "there are no validation rows to measure it on"
    assert kept(told) == told
