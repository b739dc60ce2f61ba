"""What the machine does while a job is at work, as points of the run."""

import os
import subprocess
import sys

import pynvml
import pytest

from training.charts import charts_of
from training.models import Point
from training.runner import gauges
from training.runner.gauges import Gauges


@pytest.fixture
def busy(tmp_path):
    """A process that keeps one core busy, once it says so."""
    process = subprocess.Popen(
        [sys.executable, "-c", "print('on', flush=True)\nwhile True: pass"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    process.stdout.readline()
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_an_engines_memory_and_cores_are_seen(busy, monkeypatch):
    monkeypatch.setattr(gauges, "EVERY", 0.0)
    looking = Gauges(busy.pid, "cpu")

    first = looking.look()
    assert first["system/resident_bytes"] > 1_000_000
    assert "system/cpu_cores" not in first, "one look tells no pace"
    while not looking.look()["system/cpu_cores"]:
        pass


def test_between_two_looks_nothing_is_said(busy, monkeypatch):
    monkeypatch.setattr(gauges, "EVERY", 3600.0)
    looking = Gauges(busy.pid, "cpu")
    assert looking.look()
    assert looking.look() == {}


def test_a_process_that_is_gone_is_no_error(busy):
    looking = Gauges(busy.pid, "cpu")
    busy.kill()
    busy.wait()
    assert "system/resident_bytes" not in looking.look()


def test_a_process_that_is_over_and_not_yet_waited_for_says_nothing(busy):
    looking = Gauges(busy.pid, "cpu")
    busy.kill()
    os.waitid(os.P_PID, busy.pid, os.WEXITED | os.WNOWAIT)
    assert looking.look() == {}


def test_without_a_gpu_its_points_are_absent(busy):
    try:
        pynvml.nvmlInit()
        pytest.skip("this machine has one")
    except pynvml.NVMLError:
        pass
    assert not any("gpu" in name for name in Gauges(busy.pid, "").look())


@pytest.mark.gpu
def test_every_reading_of_a_card_is_a_number(busy):
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        pytest.skip("no GPU here")
    values = Gauges(busy.pid, "0").look()
    assert values["system/gpu0/memory_bytes"] > 0
    assert 0 <= values["system/gpu0/utilisation"] <= 100
    assert 0 < values["system/gpu0/temperature"] < 120
    assert values["system/gpu0/power"] > 0


def test_a_gpus_charts_are_there_only_where_there_is_one(launch, no_broker, client, vera):
    run = launch()
    assert "gpu" not in dict(charts_of(run))
    Point.objects.create(run=run, name="system/gpu1/utilisation", step=1, value=97, fence=1)
    Point.objects.create(run=run, name="system/gpu1/memory_bytes", step=1, value=2e9, fence=1)
    assert "gpu" in dict(charts_of(run))
    client.force_login(vera)
    memory = client.get("/p/letters/runs/1/points/memory/").json()
    assert (memory["y"], memory["series"]) == ("GB", [{"name": "GPU 1", "points": [[1, 2.0]]}])
