"""The best checkpoint's star says on how few rows it was won."""

import pytest
from rest_framework.test import APIClient

from training.models import Checkpoint
from training.star import star_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def chosen(launch, snapshot, no_broker):
    """chosen({"accuracy": 0.75}, …) → a run with such checkpoints, the best of them chosen, on 12 rows."""
    snapshot.counts["validation"] = {"rows": 12}
    snapshot.save()

    def made(*measured: dict[str, float], **settings):
        run = launch(**settings)
        for step, values in enumerate(measured, start=1):
            Checkpoint.objects.create(
                run=run,
                step=step,
                fence=1,
                path=f"{run.pk}/{step}",
                layout="full",
                sha256="0" * 64,
                bytes=1,
                values={f"validation/{name}": value for name, value in values.items()},
            )
        run.choose_best()
        return run

    return made


def star(run):
    return star_of(run, run.checkpoints.all())


def test_a_share_has_its_interval_and_the_others_within_it_are_counted(chosen):
    found = star(chosen({"accuracy": 1 / 12}, {"accuracy": 8 / 12}, {"accuracy": 9 / 12}))

    assert (found.rows, found.name, found.value) == (12, "validation/accuracy", 0.75)
    assert found.interval == pytest.approx((0.4677, 0.9111), abs=1e-4)
    assert found.rivals == 1


def test_rows_are_never_more_than_were_asked_for(chosen):
    assert star(chosen({"accuracy": 0.5}, validation_rows=4)).rows == 4


@pytest.mark.parametrize(
    "values",
    [{"loss": 0.5}, {"accuracy": 0.5, "token_f1": 0.5}, {"token_f1": 0.4}, {"accuracy": 5 / 11}],
    ids=["a loss", "a mean", "no share", "a share of fewer rows"],
)
def test_what_is_no_share_of_all_rows_has_no_interval(chosen, values):
    found = star(chosen(values))

    assert (found.rows, found.interval.low, found.rivals) == (12, None, 0)


def test_where_nothing_was_measured_there_is_nothing_to_say(chosen):
    assert star(chosen({})) is None


def test_the_page_and_rest_say_it(chosen, project, tao):
    run = chosen({"accuracy": 0.5}, {"accuracy": 0.75})
    client = APIClient()
    client.force_login(tao)

    page = client.get(f"/p/{project.slug}/runs/{run.number}/").content.decode()
    assert "did best on 12 rows of the validation split: accuracy 0.750" in page
    assert "One other checkpoint lies within it" in page
    said = client.get(f"/api/v1/runs/{run.pk}/").json()["best_by"]
    assert (said["rows"], said["value"], said["rivals"]) == (12, 0.75, 1)
    assert said["low"] < 0.5 < said["high"]
