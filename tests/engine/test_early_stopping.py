"""A run ends early when nothing becomes better, and has kept what was best."""

import pytest

from engine.best import rank
from engine.patience import Patience
from engine.process import run as run_job
from engine.settings import SFTSettings
from tests.engine.runs import NANO, curve, said, write_run


def value(loss, **metrics):
    return {"validation/loss": loss} | {f"validation/{name}": one for name, one in metrics.items()}


def test_each_metric_knows_its_direction():
    low, high = value(0.1, accuracy=0.2), value(0.9, accuracy=0.8)
    assert rank(low, "loss") > rank(high, "loss")
    assert rank(high, "accuracy") > rank(low, "accuracy")
    assert rank(high, "auto") > rank(low, "auto")
    assert rank(value(0.1), "token_f1") > rank(value(0.9), "token_f1")  # nobody measured it
    sure, unsure = value(0.5, brier=0.1), value(0.5, brier=0.9)
    assert rank(sure, "brier") > rank(unsure, "brier")
    assert rank(value(0.4, accuracy=0.5, brier=0.1)) > rank(value(0.5, accuracy=0.5, brier=1.9))
    assert rank(value(0.9, token_f1=0.0), "token_f1") > rank(value(0.1), "token_f1")


def test_what_is_no_number_is_not_the_best_for_ever():
    watch = Patience(SFTSettings(patience=2), {})
    seen = [watch.saw(value(loss, accuracy=0.5)) for loss in (float("nan"), 3.0, float("nan"), 2.0)]
    assert seen == [True, True, False, True]
    assert rank(value(1.0, brier=float("nan")), "brier") < rank(value(9.0, brier=1.9), "brier")


@pytest.mark.parametrize(("patience", "ends"), [(1, 3), (2, 4), (3, None)])
def test_it_waits_so_many_measurements(patience, ends):
    watch = Patience(SFTSettings(best_metric="loss", patience=patience), {})
    ended = None
    for at, loss in enumerate([3.0, 1.0, 2.0, 1.0], start=1):
        watch.saw(value(loss))
        watch = Patience(SFTSettings(best_metric="loss", patience=patience), watch.state())
        ended = ended or (at if watch.over else None)
    assert ended == ends


def test_a_run_that_only_gets_worse_ends_and_keeps_its_best(questions, tmp_path):
    run = write_run(tmp_path / "1", "sft", NANO, {"train": questions, "validation": questions[:6]},
                    tuning="full", epochs=50, batch_size=6, learning_rate=0.5, schedule="constant",
                    checkpoint_every=150, evaluate_every=2, patience=3, best_metric="loss")  # fmt: skip
    assert run_job("sft", run.root, 1, None) == 0
    measured = [
        (one["step"], one["values"]["validation/loss"])
        for one in said(run, "point")
        if "validation/loss" in one["values"] and one["step"]
    ]
    best = min(measured, key=lambda one: one[1])[0]
    end = said(run, "checkpoint")[-1]
    assert end["final"]
    assert end["step"] == best + 2 * 3 < 200
    assert best in [one["step"] for one in said(run, "checkpoint")]
    assert len(curve(run, "train/loss")) == end["step"]
    last = said(run, "progress")[-1]
    assert (last["step"], last["total_steps"]) == (end["step"], end["step"])
    assert {one["step"] for one in said(run, "sample")} >= {2, 4}  # seen between checkpoints too

    assert run_job("sft", run.root, 2, run.attempt(1).checkpoint(best)) == 0
    again = said(run, "checkpoint", 2)[-1]
    assert (again["step"], again["sha256"]) == (end["step"], end["sha256"])
