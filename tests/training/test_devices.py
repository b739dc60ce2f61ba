"""Several workers on one machine: each owns a device set, shows its engines that one, and is shown by it."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from instructstudio import env
from instructstudio.supervisor.children import children
from tests.training.studio import PATIENCE
from training.devices import name_of
from training.lease import claim
from training.models import Job
from training.runner.process import EngineProcess


@pytest.mark.parametrize(
    ("said", "sets"),
    [
        ("", ("",)),
        ("0,1;2,3", ("0,1", "2,3")),
        (" 0 ; 1 ", ("0", "1")),
        ("cpu;cpu", ("cpu", "cpu")),
        ("GPU-8a6;cpu", ("GPU-8a6", "cpu")),
    ],
)
def test_a_machine_is_split_as_the_setting_says(monkeypatch, said, sets):
    monkeypatch.setenv("DEVICES", said)
    assert env.device_sets("DEVICES") == sets


@pytest.mark.parametrize("said", ["0;0", "0,1;1", "0;;1", "gpu", "0,cpu", "-1"])
def test_a_split_that_can_not_be_is_refused_with_an_example(monkeypatch, said):
    monkeypatch.setenv("DEVICES", said)
    with pytest.raises(ImproperlyConfigured, match="DEVICES="):
        env.device_sets("DEVICES")


def test_the_supervisor_starts_one_worker_a_set(settings):
    settings.DEVICE_SETS = ("0,1", "2,3")

    workers = [one for one in children() if "device" in one.command]

    assert [(one.name, one.environment) for one in workers] == [
        ("device-1", {"WORKER_DEVICES": "0,1"}),
        ("device-2", {"WORKER_DEVICES": "2,3"}),
    ]
    names = [one.command[one.command.index("-n") + 1] for one in workers]
    assert len(set(names)) == 2
    assert all(name.startswith("device") for name in names), "known by this when asked who is there"


@pytest.mark.parametrize(("devices", "seen"), [("2,3", "2,3 PCI_BUS_ID"), ("cpu", " PCI_BUS_ID")])
def test_an_engine_sees_its_workers_devices_only(settings, tmp_path, devices, seen, monkeypatch):
    settings.WORKER_DEVICES = devices
    attempt = Job(pk=1).run_dir.attempt(1).__class__(tmp_path / "1")
    printing = "import os; e = os.environ; print(e['CUDA_VISIBLE_DEVICES'], e['CUDA_DEVICE_ORDER'])"
    (tmp_path / "engine.py").write_text(printing)
    settings.BASE_DIR = tmp_path  # where `python -m engine` is found

    with EngineProcess("sft", tmp_path, attempt, None) as process:
        assert process.wait(PATIENCE) == 0

    assert attempt.log.read_text() == seen + "\n"


def test_the_job_says_which_set_it_has(launch, no_broker):
    run = launch()
    claim("w", "2,3")
    run.refresh_from_db()
    assert (run.devices, name_of(run.devices)) == ("2,3", "GPU 2, 3")
