"""A worker measures a model once: asked for twice it is measured once, and a loss is made good."""

import platform
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db.models.functions import Now

from authoring.errors import Invalid
from authoring.words import told
from training.actions import calibrations
from training.models import Calibration

pytestmark = pytest.mark.usefixtures("no_broker")


def test_it_is_asked_for_once_and_again_only_on_demand(tao, project, nano):
    first = calibrations.ask(by=tao, base_model=nano)
    assert calibrations.ask(by=tao, base_model=nano).pk == first.pk
    Calibration.objects.filter(pk=first.pk).update(state="done", measured_at=Now())
    assert calibrations.ask(by=tao, base_model=nano).pk == first.pk
    assert calibrations.ask(by=tao, base_model=nano, again=True).pk != first.pk


def test_settings_that_change_what_a_pass_costs_are_measured_apart(tao, project, nano):
    plain = calibrations.ask(by=tao, base_model=nano)
    muon = calibrations.ask(by=tao, base_model=nano, settings={"optimiser": "muon", "epochs": 9})
    assert (plain.settings, muon.settings) == ({}, {"optimiser": "muon"})
    ema = {"optimiser": "muon", "averaging": "ema", "learning_rate": 0.3}
    assert calibrations.ask(by=tao, base_model=nano, settings=ema).pk == muon.pk
    assert muon.to_measure().optimiser == "muon"
    with pytest.raises(Invalid):
        calibrations.ask(by=tao, base_model=nano, settings={"optimiser": "sgd"})


def test_who_may_not_train_may_not_ask(ada, nano):
    with pytest.raises(PermissionDenied):
        calibrations.ask(by=ada, base_model=nano)


def test_a_model_from_nothing_has_no_adapters_to_measure(tao, nano):
    with pytest.raises(Invalid):
        calibrations.ask(by=tao, base_model=nano, tuning="lora")


def test_a_worker_measures_it_and_says_on_what(tao, project, nano):
    nano.overrides = {"width": 32, "depth": 1, "heads": 2, "vocabulary": 300}
    nano.save()
    asked = calibrations.ask(by=tao, base_model=nano)
    calibrations.measure(asked.pk)
    asked.refresh_from_db()
    assert asked.state == "done", asked.failure
    assert "thread" in asked.machine
    assert platform.node() in asked.machine
    measured = asked.measured()
    assert measured.weights > 1000
    assert measured.train.tokens + measured.train.calls > 0
    assert measured.held_bytes > 2**26
    calibrations.measure(asked.pk)  # a message that comes twice
    assert Calibration.objects.get().measured_at == asked.measured_at


def test_one_over_which_the_studio_breaks_ends_and_is_not_measured_for_ever(
    tao, project, nano, monkeypatch
):
    asked = calibrations.ask(by=tao, base_model=nano)
    monkeypatch.setattr(calibrations, "base_weights", lambda _: 1 / 0)
    calibrations.measure(asked.pk)
    asked.refresh_from_db()
    assert asked.state == "failed"
    assert "ZeroDivisionError" in told(asked.failure["message"])


def test_one_that_fails_says_why_and_what_to_do(tao, project, nano):
    nano.source, nano.reference = "folder", "gone"
    nano.save()
    asked = calibrations.ask(by=tao, base_model=nano)
    calibrations.measure(asked.pk)
    asked.refresh_from_db()
    assert asked.state == "failed"
    assert "gone" in told(asked.failure["message"])
    assert asked.failure["remedy"]


def test_one_that_was_lost_with_its_worker_may_be_taken_again(tao, project, nano):
    asked = calibrations.ask(by=tao, base_model=nano)
    Calibration.objects.update(state="measuring", started_at=Now())
    assert not Calibration.objects.waiting().exists()
    Calibration.objects.update(started_at=Now() - timedelta(hours=1))
    assert Calibration.objects.waiting().get() == asked


def test_over_rest_it_is_asked_for_and_listed(client, tao, project, nano, ada):
    client.force_login(tao)
    at = f"/api/v1/base-models/{nano.pk}/calibrations/"
    answer = client.post(at, {}, "application/json")
    assert (answer.status_code, answer.json()["state"]) == (202, "asked")
    assert [one["id"] for one in client.get(at).json()["results"]] == [answer.json()["id"]]
    other = client.post(at, {"settings": {"threads": 1}}, "application/json").json()
    assert other["settings"] == {"threads": 1}
    client.force_login(ada)
    assert client.post(at, {}, "application/json").status_code == 403


def test_a_worker_that_is_asked_to_end_leaves_it_to_the_next(tao, project, nano, monkeypatch):
    asked = calibrations.ask(by=tao, base_model=nano)
    monkeypatch.setattr(calibrations, "leaving", lambda: True)
    calibrations.measure(asked.pk)
    assert Calibration.objects.waiting().get() == asked
