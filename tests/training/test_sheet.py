"""The reproducibility sheet, and the line on it: the same weights again, without the studio."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as studio

from engine.events import EXIT_FAILED, EXIT_FINISHED, read
from engine.run_dir import RunDir
from tests.training.processes import log_of
from tests.training.studio import PATIENCE
from training.runner import attempt

pytestmark = pytest.mark.usefixtures("no_broker")


def again(line: str, folder: Path) -> int:
    """Run the line as a person would, in `folder`; its exit code."""
    words = [sys.executable, *shlex.split(line)[1:]]
    environment = {**studio.ENGINE_ENVIRONMENT, "PYTHONPATH": str(studio.BASE_DIR)}
    return subprocess.run(words, cwd=folder, env=environment, timeout=PATIENCE).returncode


def test_the_line_on_the_sheet_makes_the_same_weights_in_a_fresh_folder(
    client, launch, vera, tmp_path
):
    run = launch(steps=4, checkpoint_every=2)
    assert attempt.work()
    run.refresh_from_db()
    assert run.state == "finished", log_of(run)
    client.force_login(vera)
    answer = client.get("/p/letters/runs/1/sheet/")
    assert "attachment" in answer["Content-Disposition"]
    sheet = json.loads(answer.content)

    before = sorted(run.run_dir.root.rglob("*"))
    (tmp_path / "elsewhere").mkdir()
    assert again(sheet["line"], tmp_path / "elsewhere") == EXIT_FINISHED

    made = RunDir(tmp_path / "elsewhere" / "again-1")
    said = read(made.attempt(1).events).events
    hashes = {str(one["step"]): one["sha256"] for one in said if one["kind"] == "checkpoint"}
    assert hashes == sheet["hashes"]["checkpoints"]
    assert hashes["4"] == sheet["hashes"]["final"]
    assert made.spec().settings.threads == sheet["threads"]
    assert sorted(run.run_dir.root.rglob("*")) == before, "the first run is left alone"

    assert sheet["hashes"]["snapshot"] == run.snapshot.content_hash
    assert sheet["seed"] == 17
    assert set(sheet["machine"]) >= {"versions", "engine", "cpu", "memory_bytes", "gpus", "dtype"}
    assert len(sheet["machine"]["engine"]["source_sha256"]) == 64
    assert client.get(f"/api/v1/runs/{run.pk}/sheet/").json()["hashes"] == sheet["hashes"]
    page = client.get("/p/letters/runs/1/").content.decode()
    assert sheet["line"] in page
    assert sheet["machine"]["versions"]["torch"] in page

    assert run.values_of("system/resident_bytes"), "the machine was looked at meanwhile"

    with open(run.run_dir.split("train"), "a") as file:
        file.write("{}\n")
    assert again(sheet["line"].replace("again-1", "again-2"), tmp_path) == EXIT_FAILED


def test_a_run_that_has_not_begun_has_a_sheet_with_gaps(client, launch, vera, eve):
    run = launch()
    client.force_login(vera)
    sheet = client.get(f"/api/v1/runs/{run.pk}/sheet/").json()
    assert (sheet["machine"], sheet["hashes"]["final"], sheet["threads"]) == (None, None, None)
    assert client.get("/p/letters/runs/1/").status_code == 200
    client.force_login(eve)
    assert client.get(f"/api/v1/runs/{run.pk}/sheet/").status_code == 404
    assert client.get("/p/letters/runs/1/sheet/").status_code == 404
