"""What is said of a run before it starts: tokens exactly, memory within 15 %, by real processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from engine import scratch
from engine.calibrate import made_up
from engine.calibration import Calibration, peak_bytes
from engine.events import EXIT_FINISHED
from engine.fitting import fit
from engine.formatting import Formatter
from engine.records import Record
from engine.settings import settings_for
from engine.spec import ModelRef
from engine.work import sft_work
from tests.engine.runs import curve, open_job, said, write_run

WITHIN = 0.15


def pairs(count=12):
    said = "what colour is the {} over there, and why would anybody want to know about it? " * 4
    return [
        Record(
            id=n,
            pair=n,
            task="classification",
            turns=[{"role": "user", "content": said.replace("{}", f"thing {n}") * (1 + n % 3)}],
            response="green because of the light " * (1 + n % 4),
        )
        for n in range(1, count + 1)
    ]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A decoder of 8 million weights with a vocabulary that makes logits weigh something."""
    folder = tmp_path_factory.mktemp("small") / "model"
    scratch.train_tokenizer(made_up(), 8000, folder)
    scratch.nano(folder, {"width": 256, "depth": 4, "heads": 4}).save_pretrained(folder)
    return ModelRef("folder", path=str(folder))


def process(method, root):
    """A job in a process of its own: memory is counted by process."""
    command = [sys.executable, "-m", "engine", method, str(root)]
    assert subprocess.run(command, check=False).returncode == EXIT_FINISHED


@pytest.mark.parametrize("tuning", ["lora", "full"])
def test_memory_is_known_before_the_run(small, tmp_path, tuning):
    process("calibrate", write_run(tmp_path / "cal", "calibrate", small, {}, tuning=tuning).root)
    calibration = Calibration.read(tmp_path / "cal/attempts/1/calibration.json")
    run = write_run(
        tmp_path / "run", "sft", small, {"train": pairs()}, tuning=tuning, epochs=1, batch_size=6,
        tokens_per_batch=1500,
    )
    process("sft", run.root)
    work = work_of(run, small)
    used = max(curve(run, "system/memory_bytes"))
    print("PEAK", tuning, peak_bytes(work, calibration) / 2**20, used / 2**20, calibration, work.largest)
    assert peak_bytes(work, calibration) == pytest.approx(used, rel=WITHIN)
    assert calibration.checkpoint_bytes == pytest.approx(said(run, "checkpoint")[-1]["bytes"], rel=0.02)  # fmt: skip


def work_of(run, model):
    settings = open_job(run, 2).spec.settings
    fitted = fit(Formatter.from_folder(Path(model.path)), pairs(), settings.max_length)
    return sft_work(fitted.examples, settings)
