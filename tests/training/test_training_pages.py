"""The pages of models, runs and checkpoints: what they show, and to whom."""

import pytest

from training.models import Checkpoint, Export, Job, LogChunk, Point, Sample, Source

pytestmark = pytest.mark.usefixtures("no_broker")

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def run(launch):
    return launch()


@pytest.fixture
def checkpoint(run):
    made = Checkpoint.objects.create(
        run=run, step=4, fence=1, path=f"{run.pk}/step-4", layout="adapter", sha256="a" * 64,
        bytes=2048, values={"validation/loss": 0.25},
    )  # fmt: skip
    made.folder.mkdir(parents=True)
    (made.folder / "adapter_model.safetensors").write_bytes(b"weights")
    return made


@pytest.fixture
def look(client):
    def looked(person, path, **query):
        client.force_login(person)
        return client.get(f"/p/letters/{path}", query)

    return looked


PAGES = [
    "models/",
    "runs/",
    "runs/queue/",
    "runs/1/",
    "runs/1/live/",
    "runs/1/live/?part=progress",
    "runs/1/live/?part=checkpoints",
    "runs/1/points/loss/",
    "checkpoints/",
    "checkpoints/{checkpoint}/",
]


@pytest.mark.parametrize("path", PAGES)
def test_everybody_in_the_project_may_look(path, look, checkpoint, olga, ada, rui, tao, vera):
    for person in (olga, ada, rui, tao, vera):
        assert look(person, path.format(checkpoint=checkpoint.pk)).status_code == 200


@pytest.mark.parametrize("path", [*PAGES, "runs/new/", "models/new/"])
def test_for_an_outsider_there_is_nothing(path, look, checkpoint, eve):
    assert look(eve, path.format(checkpoint=checkpoint.pk)).status_code == 404


def test_the_queue_is_shown_in_its_order(look, launch, vera):
    launch(), launch()
    Job.objects.filter(run__number=2).update(priority=5)
    page = look(vera, "runs/")
    assert [line.number for line in page.context["queue"]] == [2, 1]


def test_a_job_of_another_project_is_counted_but_not_named(look, launch, project, vera, olga):
    stranger = launch()
    project.pk, project.slug = None, "other"
    project.save()
    Job.objects.filter(pk=stranger.pk).update(project=project)
    text = look(vera, "runs/").content.decode()
    assert "a job of another project" in text
    assert "Run 1" not in text


def test_an_export_in_the_queue_says_of_which_checkpoint_and_whose_it_is(
    look, checkpoint, vera, tao
):
    Export.objects.create(
        kind="export", project=checkpoint.run.project, created_by=tao, checkpoint=checkpoint
    )
    text = look(vera, "runs/").content.decode()
    assert "run 1, step 4, whole weights" in text.lower()
    assert f"/p/letters/checkpoints/{checkpoint.pk}/" in text
    assert str(tao) in text


def test_a_paused_run_says_that_it_waits_for_a_person(look, run, vera):
    Job.objects.update(state="paused")
    assert "It has not begun" in look(vera, "runs/1/").content.decode()
    Job.objects.update(step=3, total_steps=8)
    text = look(vera, "runs/1/").content.decode()
    assert "Step 3 of 8" in text
    assert "goes on from its newest checkpoint" in text


def test_a_broker_that_is_away_is_said_with_its_remedy(look, run, vera):
    text = look(vera, "runs/1/").content.decode()
    assert "The message broker (Redis) does not answer." in text
    assert "make run" in text


def test_a_trainer_stops_a_queued_run_from_its_page(client, tao, run):
    client.force_login(tao)
    assert client.post("/p/letters/runs/1/do/", {"deed": "stop"}).status_code == 302
    run.refresh_from_db()
    assert run.state == "stopped"
    page = client.get("/p/letters/runs/1/")
    assert page.status_code == 200, "it ended without having begun"
    assert "after" not in page.content.decode().partition("Ended</dt>")[2].partition("</dd>")[0]


@pytest.mark.parametrize("deed", ["stop", "pause", "resume", "retry", "checkpoint"])
def test_a_viewer_can_not_press_any_button(client, vera, run, deed):
    client.force_login(vera)
    assert client.post("/p/letters/runs/1/do/", {"deed": deed}).status_code == 403
    run.refresh_from_db()
    assert (run.state, run.checkpoint_requests) == ("queued", 0)


def test_a_button_that_came_too_late_says_so(client, tao, run):
    Job.objects.update(state="finished")
    client.force_login(tao)
    answer = client.post("/p/letters/runs/1/do/", {"deed": "stop"}, follow=True)
    assert "the state has changed meanwhile" in answer.content.decode()


def test_a_deed_that_is_none_changes_nothing(client, tao, run):
    client.force_login(tao)
    answer = client.post("/p/letters/runs/1/do/", {"deed": "delete"}, follow=True)
    assert "There is no such button." in answer.content.decode()


def test_points_are_read_on_from_where_one_stopped(look, run, vera):
    Point.objects.create(run=run, name="train/loss", step=1, value=2.0, fence=1)
    first = look(vera, "runs/1/points/loss/").json()
    assert first["series"] == [{"name": "train", "points": [[1, 2.0]]}]
    Point.objects.create(run=run, name="train/loss", step=2, value=1.5, fence=1)
    again = look(vera, "runs/1/points/loss/", after=first["cursor"]).json()
    assert again["series"] == [{"name": "train", "points": [[2, 1.5]]}]
    assert (again["done"], again["cursor"] > first["cursor"]) == (False, True)


def test_a_long_curve_is_thinned_and_keeps_its_last_point(look, run, vera, monkeypatch):
    monkeypatch.setattr("training.curves.MOST_POINTS", 10)
    Point.objects.bulk_create(
        Point(run=run, name="train/loss", step=step, value=1.0, fence=1) for step in range(1, 38)
    )
    [line] = look(vera, "runs/1/points/loss/").json()["series"]
    steps = [step for step, _value in line["points"]]
    assert len(steps) <= 12
    assert steps[-1] == 37


def test_a_run_that_is_over_ends_the_polling(look, run, vera):
    Job.objects.update(state="finished")
    assert look(vera, "runs/1/points/loss/").json()["done"] is True
    assert b"data-live-url" not in look(vera, "runs/1/live/", part="progress").content


def test_what_a_model_or_a_log_says_is_never_run(look, run, vera):
    Sample.objects.create(run=run, step=1, position=0, prompt="?", output=HOSTILE, score=0.0)
    LogChunk.objects.create(job=run, fence=1, offset=0, text=HOSTILE)
    text = look(vera, "runs/1/").content.decode()
    assert HOSTILE not in text
    assert text.count("&lt;script&gt;alert(1)&lt;/script&gt;") == 2


def test_samples_of_every_step_can_be_looked_at(look, run, vera):
    for step, output in ((4, "early words"), (8, "late words")):
        Sample.objects.create(run=run, step=step, position=0, prompt="?", output=output)
    newest = look(vera, "runs/1/").content.decode()
    assert ("late words" in newest, "early words" in newest) == (True, False)
    assert "?step=4#says" in newest
    earlier = look(vera, "runs/1/", step="4").content.decode()
    assert ("late words" in earlier, "early words" in earlier) == (False, True)


def test_a_failed_run_shows_what_to_do_and_the_traceback(look, run, tao):
    failure = {"type": "data", "message": "Row 17 is broken.", "remedy": "Freeze again.",
               "traceback": "Traceback: here"}  # fmt: skip
    Job.objects.update(state="failed", failure=failure)
    text = look(tao, "runs/1/").content.decode()
    assert all(one in text for one in ("Row 17 is broken.", "Freeze again.", "Traceback: here"))
    assert "Try again" in text


def test_a_checkpoint_says_how_to_open_it(look, checkpoint, nano, vera):
    text = look(vera, f"checkpoints/{checkpoint.pk}/").content.decode()
    assert f"folder = &quot;{checkpoint.folder}&quot;" in text
    assert "PeftModel.from_pretrained(base, folder)" in text
    assert "adapter_model.safetensors" in text
    assert "a" * 64 in text


def test_a_checkpoint_is_where_a_reward_run_begins(look, checkpoint, tao):
    text = look(tao, f"checkpoints/{checkpoint.pk}/").content.decode()
    assert f"/p/letters/runs/new/?method=grpo&amp;checkpoint={checkpoint.pk}" in text


@pytest.mark.parametrize(
    ("architecture", "offered"), [("decoder", True), ("encoder_classifier", False)]
)
def test_a_reward_run_is_offered_only_where_the_model_writes(
    look, checkpoint, nano, tao, architecture, offered
):
    type(nano).objects.update(architecture=architecture)
    for path in (f"checkpoints/{checkpoint.pk}/", "runs/1/"):
        assert ("method=grpo" in look(tao, path).content.decode()) == offered


def test_deleting_a_checkpoints_files_is_an_action_that_can_refuse(client, tao, checkpoint):
    client.force_login(tao)
    answer = client.post(f"/p/letters/checkpoints/{checkpoint.pk}/delete/")
    assert answer.status_code == 409
    assert "The run would go on from this checkpoint." in answer.content.decode()


def test_a_model_whose_folder_is_gone_says_how_to_bring_it_back(look, nano, vera):
    nano.pk, nano.name, nano.slug = None, "Gone", "gone"
    nano.source, nano.reference = Source.FOLDER, "gone"
    nano.save()
    text = look(vera, "models/").content.decode()
    assert "missing" in text
    assert "Bring the folder gone back" in text


def test_a_model_with_runs_stays_on_the_list(client, tao, run, nano):
    client.force_login(tao)
    answer = client.post(f"/p/letters/models/{nano.pk}/remove/")
    assert answer.status_code == 409
    assert "Runs started from this model." in answer.content.decode()


@pytest.mark.parametrize("path", ["runs/", "checkpoints/"])
def test_an_empty_list_teaches_the_next_step(look, project, tao, path):
    assert "/p/letters/runs/new/" in look(tao, path).content.decode()
