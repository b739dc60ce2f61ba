"""Which way a metric gets better is said in one place."""

import pytest

from engine.metrics.calibration import AREA, MEASURES
from engine.metrics.direction import improvement, smaller_is_better


@pytest.mark.parametrize("metric", ["loss", *(one.name for one in MEASURES)])
def test_losses_fall(metric):
    assert smaller_is_better(metric)
    assert improvement(metric, -0.1) == 0.1


@pytest.mark.parametrize("metric", [AREA.name, "accuracy", "f1_macro", "rouge_l", "reward"])
def test_everything_else_rises(metric):
    assert not smaller_is_better(metric)
    assert improvement(metric, 0.1) == 0.1
