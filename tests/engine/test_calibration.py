"""What is said of a run before it starts: tokens exactly, memory within 15 %, by real processes."""

import itertools
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import scratch
from engine.calibrate import ENOUGH
from engine.calibration import Calibration, cost, peak_bytes
from engine.cost_fit import fitted
from engine.events import EXIT_FINISHED
from engine.families.family import Material
from engine.fitting import fit
from engine.formatting import Formatter
from engine.made_up import SHAPES, examples_in, made_up
from engine.models import load_for_training
from engine.reckoned import reckoned
from engine.records import Record
from engine.settings import settings_for
from engine.spec import ModelRef
from engine.work import Passes, sft_work
from tests.engine.runs import NANO, SMALL, TINY, curve, open_job, question, run_job, said, write_run
from tests.engine.test_fitting import talk

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


@pytest.fixture(scope="module")
def calibrated(small, tmp_path_factory):
    @cache
    def measured(tuning):
        root = tmp_path_factory.mktemp("calibrated") / tuning
        process("calibrate", write_run(root, "calibrate", small, {}, tuning=tuning).root)
        return Calibration.read(root / "attempts/1/calibration.json")

    return measured


@pytest.mark.parametrize(
    ("tuning", "more"),
    [("lora", {}), ("full", {}), ("lora", {"lora_rank": 256, "averaging": "ema"})],
    ids=["lora", "full", "a larger rank and an average"],
)
def test_memory_is_known_before_the_run(small, calibrated, tmp_path, tuning, more):
    run = write_run(
        tmp_path / "run",
        "sft",
        small,
        {"train": pairs()},
        tuning=tuning,
        epochs=1,
        batch_size=6,
        tokens_per_batch=1500,
        **more,
    )
    calibration = reckoned(calibrated(tuning), open_job(run, 2).spec.settings)
    process("sft", run.root)
    work = work_of(run, small)
    used = max(curve(run, "system/memory_bytes"))
    assert peak_bytes(work, calibration) == pytest.approx(used, rel=WITHIN)
    assert calibration.checkpoint_bytes == pytest.approx(said(run, "checkpoint")[-1]["bytes"], rel=0.02)  # fmt: skip


@pytest.mark.parametrize("off", list(itertools.product((0.95, 1.05), repeat=ENOUGH)))
def test_the_few_shapes_of_a_slow_machine_tell_tokens_from_labels(off):
    """Each measured 5 % off; a batch of many tokens and labels is still told within a fifth."""
    few = [
        Passes(1, one.shared + one.rows * (one.own + one.answer), 0, one.rows * one.answer)
        for one in SHAPES[:ENOUGH]
    ]
    seen = [
        factor * (0.7 * one.tokens + 0.6 * one.labels) for one, factor in zip(few, off, strict=True)
    ]
    found = fitted(few, seen, ("tokens", "labels"))
    told = 2000 * found.tokens + 900 * found.labels
    assert told == pytest.approx(2000 * 0.7 + 900 * 0.6, rel=0.2)


def work_of(run, model):
    settings = open_job(run, 2).spec.settings
    came = fit(Formatter.from_folder(Path(model.path)), pairs(), settings.max_length)
    return sft_work(came.examples, settings)


def test_a_model_of_few_positions_is_measured_with_shorter_texts(tmp_path):
    few = replace(TINY["encoder_classifier"], overrides=SMALL | {"positions": 64})
    run = write_run(tmp_path / "few", "calibrate", few, {}, tuning="full")
    assert run_job("calibrate", run.root, 1, None) == EXIT_FINISHED, said(run, "failure")
    measured = Calibration.read(run.attempt(1).folder / "calibration.json")
    assert cost(Passes(1, 60, 3600, 1), measured.train) > 0


def test_room_is_left_for_what_it_shall_say(tmp_path):
    few = replace(NANO, overrides=NANO.overrides | {"positions": 64})
    settings = settings_for("calibrate", {"tuning": "full", "device": "cpu"})
    loaded = load_for_training(few, settings, material=Material(made_up()), scratch_folder=tmp_path)
    lengths = {to_come: max(len(one.ids) for one in examples_in(loaded, SHAPES[2], to_come))
               for to_come in (0, 30)}  # fmt: skip
    assert 34 < lengths[0] <= 64
    assert lengths[30] <= 34


def test_a_plan_counts_the_tokens_that_the_run_will_report(small, tmp_path):
    """Rows left out, conversations cut, rows drawn, a short last step: equal to the token."""
    long = [question(90, "red " * 400, "no"), talk(91, 40), question(92, "which?", "blue " * 60)]
    records = [*pairs(), *long]
    asked = {"tuning": "full", "max_length": 256, "epochs": 1.4, "batch_size": 4, "train_rows": 17}  # fmt: skip
    run = write_run(tmp_path / "run", "sft", NANO, {"train": records}, **asked)
    assert run_job("sft", run.root, 1, None) == EXIT_FINISHED
    scratch.train_tokenizer(records, NANO.overrides["vocabulary"], tmp_path / "tokenizer")
    came = fit(Formatter.from_folder(tmp_path / "tokenizer"), records, 256)
    work = sft_work(came.examples, open_job(run, 2).spec.settings)
    assert work.tokens == curve(run, "train/tokens")[-1]
    assert work.steps == said(run, "state")[1]["total_steps"]
    assert came.shortened > 0
    left_out = [one for one in said(run, "log") if "is left out" in one["message"]]
    assert [one.record.id for one in came.left_out] == [one["record"] for one in left_out] != []


@given(
    st.lists(
        st.tuples(*[st.floats(0, 9)] * 2, st.floats(1, 9), st.floats(1, 900)),
        min_size=6,
        max_size=9,
        unique=True,
    )
)
def test_costs_that_are_linear_are_found_and_never_negative(passes):
    passes = [Passes(1, 10 * a + d, 100 * b, c) for a, b, c, d in passes]
    real = Passes(0.02, 0.003, 0.0, 0.001)
    found = fitted([*passes], [cost(one, real) for one in passes])
    assert min(found) >= 0
    for one in passes:
        assert cost(one, found) == pytest.approx(cost(one, real), rel=0.15)
