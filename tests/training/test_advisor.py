"""The advisor: a value and a sentence a setting, by the kind of task, the pairs, and the machine."""

import pytest

from training import advisor
from training.advisor import RULES, Advice, Facts, advise
from training.models import BaseModel, Checkpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def facts(nano):
    """facts(rows=…) → facts with a pretrained decoder of 135 million weights beside nano."""
    small = BaseModel.objects.create(
        name="Small", slug="small", source="folder", reference="small", parameters=135_000_000
    )

    def made(**changed):
        values = {
            "kinds": frozenset({"classification"}), "rows": 300, "labels": 3,
            "languages": {"en": 300}, "memory": 16 * 2**30, "models": [nano, small],
            "checkpoint": None, "rewardable": True,
        }  # fmt: skip
        return Facts(**(values | changed))

    return made


def advised(facts):
    advice = Advice(facts, [])
    for rule in RULES:
        if found := rule(facts, advice):
            advice.advised.append(found)
    return {one.name: one for one in advice.advised}


def test_few_pairs_begin_with_supervised_adapters_on_a_pretrained_model(facts):
    found = advised(facts())
    small = facts().models[1]
    assert found["method"].value == "sft"
    assert found["start"].value == f"model:{small.pk}"
    assert found["tuning"].value == "lora"
    assert found["learning_rate"].value == 1e-3
    assert all(one.why for one in found.values())


def test_without_a_pretrained_model_everything_is_learnt_and_longer(facts, nano):
    found = advised(facts(models=[nano]))
    assert (found["start"].value, found["tuning"].value) == (f"model:{nano.pk}", "full")
    assert found["epochs"].value > advised(facts())["epochs"].value


def test_reward_follows_once_there_is_a_checkpoint_and_tasks_that_reward_themselves(facts, launch, no_broker):  # fmt: skip
    run = launch()
    one = Checkpoint.objects.create(
        run=run, step=4, fence=1, path="1", layout="full", sha256="0", bytes=1
    )
    found = advised(facts(checkpoint=one))
    assert (found["method"].value, found["start"].value) == ("grpo", f"checkpoint:{one.pk}")
    assert "epochs" not in found
    assert advised(facts(checkpoint=one, rewardable=False))["method"].value == "sft"


def test_more_pairs_are_seen_less_often_and_many_train_all_weights(facts):
    epochs = [advised(facts(rows=rows))["epochs"].value for rows in (100, 1000, 10_000, 100_000)]
    assert epochs == sorted(epochs, reverse=True)
    assert advised(facts(rows=100_000))["tuning"].value == "full"
    assert advised(facts(rows=100_000, memory=2**30))["tuning"].value == "lora"


def test_few_pairs_get_small_batches(facts):
    assert advised(facts(rows=30))["batch_size"].value == 2
    assert advised(facts(rows=300))["batch_size"].value == 16


def test_using_the_advice_fills_the_form(client, tao, snapshot, nano, no_broker, project):
    client.force_login(tao)
    page = client.get("/p/letters/runs/new/")
    found = advise(project, snapshot)
    assert page.context["advice"].advised == found.advised
    form = client.get(f"/p/letters/runs/new/?{found.address}").context["form"]
    for one in found.advised:
        if one.name in form.fields:
            assert str(form[one.name].value()) == str(one.value), one.name


def test_the_advice_over_rest_names_reasons(client, tao, snapshot, nano):
    client.force_login(tao)
    found = client.get("/api/v1/projects/letters/advice/", {"snapshot": snapshot.pk}).json()
    assert {one["name"] for one in found["advised"]} >= {"method", "start", "learning_rate"}
    assert all(one["why"] for one in found["advised"])
    assert client.get("/api/v1/projects/letters/advice/").status_code == 400


def test_every_rule_cites_what_it_stands_on_or_says_why_in_words():
    assert all(rule.__doc__ or rule is advisor._length for rule in RULES)
