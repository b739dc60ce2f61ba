"""The learning rate rises, then falls, and depends on nothing but the step."""

import pytest

from engine.schedule import learning_rate
from engine.settings import SFTSettings


def rates(total=20, **settings):
    chosen = SFTSettings(learning_rate=1.0, **settings)
    return [learning_rate(chosen, step, total) for step in range(total)]


@pytest.mark.parametrize("schedule", ["cosine", "linear", "wsd", "constant"])
def test_it_warms_up_in_equal_steps_to_its_peak(schedule):
    assert rates(schedule=schedule, warmup=0.2)[:5] == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0])


def test_a_cosine_is_half_way_down_in_the_middle():
    found = rates(schedule="cosine", warmup=0.0)
    assert found[10] == pytest.approx(0.5)
    assert found == sorted(found, reverse=True)
    assert 0 < found[-1] < 0.01


def test_a_line_falls_by_equal_parts():
    assert rates(total=4, schedule="linear", warmup=0.0) == pytest.approx([1.0, 0.75, 0.5, 0.25])


def test_wsd_stays_and_falls_at_the_end():
    found = rates(schedule="wsd", warmup=0.2, decay=0.25)
    assert set(found[4:16]) == {1.0}
    assert found[16:] == pytest.approx([1 - (one / 5) ** 0.5 for one in range(1, 5)])


def test_a_constant_stays():
    assert set(rates(schedule="constant", warmup=0.0)) == {1.0}


def test_a_run_of_one_step_trains_at_the_peak():
    assert rates(total=1) == [1.0]
