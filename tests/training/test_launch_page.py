"""The launch form: made from the engine's options, with good defaults, errors at their fields."""

import re

import pytest

from engine.settings import options
from training.models import BaseModel, Checkpoint, Run, Source

pytestmark = pytest.mark.usefixtures("no_broker")


@pytest.fixture
def page(client, tao, snapshot, nano):
    """page(method="grpo") → the launch form as Tao sees it."""
    client.force_login(tao)
    return lambda **query: client.get("/p/letters/runs/new/", query)


@pytest.fixture
def send(client, tao, snapshot, nano):
    """send(epochs="2") → the answer to the form with its defaults, some changed."""

    def sent(method="sft", **changes):
        client.force_login(tao)
        defaults = {one.name: one.default for one in options(method) if one.default is not False}
        form = {"method": method, "start": f"model:{nano.pk}", "snapshot": snapshot.pk}
        return client.post("/p/letters/runs/new/", form | defaults | {"tuning": "full"} | changes)

    return sent


@pytest.fixture
def checkpoint(launch):
    run = launch()
    return Checkpoint.objects.create(
        run=run, step=4, fence=1, path="1/step", layout="full", sha256="0" * 64, bytes=1
    )


@pytest.mark.parametrize("method", ["sft", "grpo"])
def test_every_setting_of_the_engine_stands_in_the_form_with_its_default(page, method):
    form = page(method=method).context["form"]
    for one in options(method):
        assert form[one.name].value() == one.default, one.name
    assert [bound.name for bound in form.more()] == [
        one.name for one in options(method) if one.more
    ]


def test_numbers_stand_there_as_people_write_them(page):
    assert 'value="3e-5"' in str(page(method="grpo").context["form"]["learning_rate"])
    assert 'value="3"' in str(page().context["form"]["epochs"])


def test_the_page_opens_with_a_model_and_the_newest_snapshot_chosen(page, nano, snapshot):
    form = page().context["form"]
    assert form["start"].value() == f"model:{nano.pk}"
    assert form["snapshot"].value() == snapshot.pk


def test_sending_it_queues_a_run(send):
    answer = send(epochs="2", name="Second try")
    run = Run.objects.get()
    assert answer["Location"] == f"/p/letters/runs/{run.number}/"
    assert (run.state, run.name, run.settings["epochs"]) == ("queued", "Second try", 2.0)
    assert run.evaluate is False


def test_a_setting_out_of_range_is_named_at_its_field(send):
    page = send(learning_rate="7")
    assert page.status_code == 400
    assert "less than or equal to 1" in str(page.context["form"].errors["learning_rate"])
    assert not Run.objects.exists()


def test_a_wrong_setting_under_more_opens_it(send):
    page = send(seed="-1")
    assert re.search(r'<details class="more" open>', page.content.decode())


def test_settings_that_contradict_each_other_are_named_at_the_one_to_change(send):
    page = send(schedule="wsd", warmup="0.6", decay="0.5")
    assert page.status_code == 400
    assert list(page.context["form"].errors) == ["decay"]
    assert not Run.objects.exists()


def test_what_was_typed_is_kept(send):
    assert send(learning_rate="7", name="Keep me").context["form"]["name"].value() == "Keep me"


def test_nobody_starts_from_another_projects_checkpoint(send, checkpoint, project):
    project.pk, project.slug = None, "other"
    project.save()
    Run.objects.update(project=project)
    assert send(start=f"checkpoint:{checkpoint.pk}").status_code == 400


def test_reward_starts_from_weights_that_can_answer(page, nano, checkpoint):
    form = page(method="grpo", checkpoint=checkpoint.pk).context["form"]
    assert form["start"].value() == f"checkpoint:{checkpoint.pk}"
    offered = [value for _group, choices in form.fields["start"].choices for value, _n in choices]
    assert f"model:{nano.pk}" not in offered


def test_one_like_it_starts_with_its_settings(page, launch):
    run = launch(7)
    form = page(like=run.number).context["form"]
    assert form["epochs"].value() == run.settings["epochs"]


def test_the_plan_counts_steps_and_warns(client, tao, snapshot, nano):
    client.force_login(tao)
    asked = {"method": "sft", "snapshot": snapshot.pk, "start": f"model:{nano.pk}",
             "epochs": "3", "batch_size": "2", "tuning": "full", "learning_rate": "1e-6"}  # fmt: skip
    plan = client.get("/p/letters/runs/new/plan/", asked).context["plan"]
    assert (plan.steps, plan.checkpoints, plan.rows["train"]) == (6, 3, 4)
    assert any("hardly moves" in one.message for one in plan.warnings)


def test_the_plan_of_a_form_that_can_not_be_is_silent(client, tao, snapshot):
    client.force_login(tao)
    asked = {"method": "sft", "snapshot": snapshot.pk, "learning_rate": "much"}
    answer = client.get("/p/letters/runs/new/plan/", asked)
    assert (answer.status_code, answer.context["plan"]) == (200, None)


def test_without_a_snapshot_the_page_teaches_to_freeze(client, tao):
    client.force_login(tao)
    assert "Freeze a snapshot" in client.get("/p/letters/runs/new/").content.decode()


def test_a_missing_worker_is_said_and_the_run_waits(page):
    assert "The message broker (Redis) does not answer." in page().content.decode()


@pytest.mark.parametrize("who", ["ada", "rui", "vera"])
def test_who_may_not_train_gets_no_form(request, who, client, snapshot):
    client.force_login(request.getfixturevalue(who))
    assert client.get("/p/letters/runs/new/").status_code == 403


def test_a_folder_is_added_as_a_model(client, tao, home):
    folder = home / "models" / "tiny"
    folder.mkdir(parents=True)
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (folder / name).write_bytes(b"\x02\x00\x00\x00\x00\x00\x00\x00{}")
    (folder / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}')
    client.force_login(tao)
    assert "tiny" in client.get("/p/letters/models/new/").content.decode()
    answer = client.post("/p/letters/models/new/", {"source": "folder", "reference": "tiny"})
    assert answer.status_code == 302
    assert BaseModel.objects.get(reference="tiny").source == Source.FOLDER


def test_a_path_is_no_folder_name(client, tao, home):
    client.force_login(tao)
    page = client.post("/p/letters/models/new/", {"source": "folder", "reference": "../etc"})
    assert page.status_code == 400
    assert page.context["form"].errors["reference"]


def test_the_forms_default_is_not_held_against_a_start_that_takes_no_adapters(send):
    assert send(tuning="lora").status_code == 302
    assert Run.objects.get().settings["tuning"] == "full"


def test_adapters_that_somebody_chose_are_refused_at_their_field(send):
    page = send(tuning="dora")
    assert "choose full" in str(page.context["form"].errors["tuning"])
