"""Runs side by side: what was set differently, and each curve of theirs on one chart."""

import pytest

from training import curves
from training.beside import MOST
from training.models import Point, Run

pytestmark = pytest.mark.usefixtures("no_broker")

HERE = "/p/letters/runs/beside/"


@pytest.fixture
def two(launch):
    """Run 1 with the defaults, run 2 slower."""
    return launch(), launch(learning_rate=1e-5)


def say(run: Run, name: str, *values: float) -> None:
    for step, value in enumerate(values, start=1):
        Point.objects.create(run=run, name=name, step=step, value=value, fence=1)


def page(client, person, *numbers):
    client.force_login(person)
    return client.get(HERE, {"run": numbers})


def points(client, person, curve, *numbers, **more):
    client.force_login(person)
    return client.get(f"{HERE}points/", {"curve": curve, "run": numbers, **more}).json()


def test_only_settings_that_differ_are_shown(client, two, vera):
    [(name, values)] = page(client, vera, 1, 2).context["differences"]
    assert str(name) == "Learning rate"
    assert values[1] == "1e-5" != values[0]


def test_a_curve_has_a_line_for_each_run_that_said_something(client, two, vera):
    say(two[0], "train/loss", 3.0, 2.0)
    say(two[1], "train/loss", 3.0)
    say(two[1], "train/grad_norm", 1.0)
    shown = [one.key for one in page(client, vera, 1, 2).context["curves"]]
    assert shown == ["loss.train/loss", "norm.train/grad_norm"]
    lines = points(client, vera, "loss.train/loss", 1, 2)["series"]
    assert [one["name"] for one in lines] == ["run 1", "run 2"]
    assert [one["points"] for one in lines] == [[[1, 3.0], [2, 2.0]], [[1, 3.0]]]
    assert len(points(client, vera, "norm.train/grad_norm", 1, 2)["series"]) == 1


def test_the_loss_of_a_policy_is_not_drawn_with_that_of_texts(client, two, vera):
    Run.objects.filter(pk=two[1].pk).update(method="grpo")
    say(two[0], "train/loss", 3.0)
    say(two[1], "train/loss", 0.001)
    shown = {one.key: one for one in page(client, vera, 1, 2).context["curves"]}
    assert list(shown) == ["loss.train/loss", "policy.train/loss"]
    [line] = points(client, vera, "policy.train/loss", 1, 2)["series"]
    assert (line["name"], line["points"]) == ("run 2", [[1, 0.001]])
    assert line["look"] == 1, "a run has its colour on every chart"


def test_what_only_one_method_knows_is_no_difference(client, two, vera):
    Run.objects.filter(pk=two[1].pk).update(method="grpo", settings=two[0].settings)
    assert page(client, vera, 1, 2).context["differences"] == []


def test_a_live_chart_reads_on_where_it_stopped(client, two, vera):
    say(two[0], "train/loss", 3.0)
    first = points(client, vera, "loss.train/loss", 1, 2)
    assert first["done"] is False
    say(two[1], "train/loss", 2.5)
    again = points(client, vera, "loss.train/loss", 1, 2, after=first["cursor"])
    assert [one["name"] for one in again["series"]] == ["run 2"]


def test_a_long_curve_is_thinned_and_every_run_keeps_its_last_point(two, monkeypatch):
    monkeypatch.setattr(curves, "MOST_POINTS", 10)
    say(two[0], "train/loss", *range(37))
    say(two[1], "train/loss", *range(11))
    lines, _cursor = curves.read(Point.objects.all(), after="", by="run")
    assert [lines[run.pk][-1][0] for run in two] == [37, 11]
    assert sum(map(len, lines.values())) < 15


def test_one_run_alone_asks_for_another(client, two, vera):
    assert "Choose two runs or more" in page(client, vera, 1).content.decode()


def test_runs_of_another_project_are_not_there(client, two, vera, eve, project):
    project.pk, project.slug = None, "other"
    project.save()
    Run.objects.filter(pk=two[1].pk).update(project=project)
    assert page(client, vera, 1, 2).context["runs"] == [two[0]]
    client.force_login(vera)
    answer = client.get("/api/v1/projects/letters/run-differences/", {"run": [r.pk for r in two]})
    assert answer.status_code == 400
    assert page(client, eve, 1, 2).status_code == 404


def test_what_is_no_number_or_no_curve_breaks_nothing(client, two, vera):
    assert page(client, vera, "x", "9" * 30, 1, 2).context["runs"] == list(two)
    client.force_login(vera)
    assert (
        client.get(f"{HERE}points/", {"curve": "cores.system/cpu_cores", "run": 1}).status_code
        == 404
    )
    assert points(client, vera, "loss.train/loss", 1, 2, after="9" * 30)["series"] == []


def test_over_rest_the_differences_are_the_same(client, two, vera):
    client.force_login(vera)
    at = "/api/v1/projects/letters/run-differences/"
    answer = client.get(at, {"run": [one.pk for one in two]}).json()
    assert [one["number"] for one in answer["runs"]] == [1, 2]
    [found] = answer["differences"]
    assert (found["name"], found["values"][1]) == ("learning_rate", 1e-5)
    assert client.get(at, {"run": two[0].pk}).status_code == 400
    assert client.get(at, {"run": range(1, MOST + 3)}).status_code == 400
