"""Settings that change the cost of a pass are measured apart; what can be reckoned is reckoned."""

from dataclasses import replace

import pytest

from engine.apart import APART, DEFAULTS, measured_apart
from engine.calibration import Calibration
from engine.process import run as run_job
from engine.reckoned import reckoned
from engine.settings import settings_for
from tests.engine.runs import write_run


@pytest.mark.parametrize(
    ("asked", "apart"),
    [
        ({"optimiser": "muon", "tuning": "full"}, {"optimiser": "muon"}),
        ({"gradient_checkpointing": "on"}, {"gradient_checkpointing": "on"}),
        ({"gradient_checkpointing": "off"}, {}),
        ({"threads": 2, "device": "cpu"}, {"device": "cpu", "threads": 2}),
        ({"lora_dropout": 0.3}, {"lora_dropout": 0.1}),
        ({"lora_rank": 64, "averaging": "ema", "batch_size": 3, "clip": 0, "epochs": 9}, {}),
    ],
)
def test_what_needs_a_measurement_of_its_own(asked, apart):
    assert measured_apart(settings_for("sft", asked)) == apart


def test_each_says_why():
    assert all(one.why for one in APART)
    assert {"tuning", "dtype", "optimiser", "lora_dropout"} <= DEFAULTS.keys()


@pytest.mark.parametrize("tuning", ["lora", "dora"])
def test_a_rank_is_reckoned_from_another(nano, tmp_path, tuning):
    """Weights to the weight, a checkpoint's bytes within 5 %: their names and lengths are in it too."""

    def measured(rank):
        run = write_run(tmp_path / str(rank), "calibrate", nano, {}, tuning=tuning, lora_rank=rank)
        assert run_job("calibrate", run.root, 1, None) == 0
        return Calibration.read(run.attempt(1).folder / "calibration.json")

    low, high = measured(4), measured(96)
    settings = settings_for("sft", {"tuning": tuning, "lora_rank": 96})
    said = reckoned(low, settings)
    assert said.trained_weights == high.trained_weights
    assert said.checkpoint_bytes == pytest.approx(high.checkpoint_bytes, rel=0.05)
    assert said.held_bytes - low.held_bytes == pytest.approx(
        (4 + 8 + 4) * 92 * low.rank_weights, rel=0.01
    )
    assert said.train.tokens >= low.train.tokens
    same = reckoned(low, replace(settings, lora_rank=4))
    assert (same.held_bytes, same.train) == (low.held_bytes, low.train)


def test_an_average_is_a_copy_and_a_reference_of_whole_weights_another(nano):
    one = Calibration.from_json(PLAIN)
    plain = reckoned(one, settings_for("sft", {"tuning": "full"}))
    assert plain.held_bytes == one.held_bytes
    average = reckoned(one, settings_for("sft", {"tuning": "full", "averaging": "ema"}))
    assert average.held_bytes == one.held_bytes + 4 * one.weights
    assert average.optimiser > one.optimiser
    asked = {"tuning": "full", "kl_beta": 0.1}
    referred = reckoned(one, settings_for("grpo", asked))
    assert referred.held_bytes == one.held_bytes + 4 * one.weights
    alone = reckoned(one, settings_for("grpo", {**asked, "kl_beta": 0}))
    assert alone.held_bytes == one.held_bytes


def test_gpus_that_share_a_model_hold_a_part_of_it_each_and_gather_its_weights():
    one = Calibration.from_json(PLAIN | {"gpus": 4, "dtype": "bfloat16"})
    asked = {"tuning": "full"}
    whole = reckoned(one, settings_for("sft", asked))
    parts = reckoned(one, settings_for("sft", asked | {"shard": True}))
    assert whole.held_bytes == one.held_bytes
    assert parts.held_bytes == one.held_bytes // 4 + 2 * one.weights
    assert (parts.train, parts.load_bytes) == (whole.train, 0)
    assert parts.optimiser == pytest.approx(one.optimiser / 4)
    on_processors = reckoned(
        Calibration.from_json(PLAIN), settings_for("sft", asked | {"shard": True})
    )
    assert on_processors.held_bytes == one.held_bytes, "they share one memory"


PLAIN = {
    "device": "a test's", "dtype": "float32", "threads": 1, "tuning": "full", "weights": 10**6,
    "trained_weights": 10**6, "start_up": 5.0, "train": [0.01, 0.001, 0, 0],
    "forward": [0.01, 0.0005, 0, 0], "optimiser": 0.1, "merge": 0.0, "decode_round": 0.01,
    "decode_row": 0.001, "checkpoint": 1.0, "checkpoint_bytes": 2**20, "load_bytes": 2**28,
    "held_bytes": 2**29, "train_bytes": [0, 1e6, 0, 0], "save_bytes": 2**28, "decode_bytes": 0.0,
}  # fmt: skip
