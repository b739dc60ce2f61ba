"""Small drawings keep within their box, whatever the numbers."""

from hypothesis import given
from hypothesis import strategies as st

from authoring.drawing import interval_marks, spark

NUMBERS = st.floats(-1e6, 1e6)


def test_an_interval_stands_where_its_numbers_are():
    assert interval_marks(0.5, 0.25, 0.75, None) == (50.0, 25.0, 75.0, None)


def test_what_lies_outside_the_scale_is_drawn_at_its_edge():
    assert interval_marks(1.4, -0.2, 2.0, 0.5) == (100.0, 0.0, 100.0, 50.0)


@given(st.lists(st.one_of(st.none(), NUMBERS), max_size=30))
def test_a_line_stays_in_its_box(values):
    line = spark(values)
    if line is None:
        assert sum(value is not None for value in values) < 2
    else:
        for point in line.points.split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= 100
            assert 0 <= y <= 24


def test_a_rising_line_ends_at_the_top():
    assert spark([1, 2, 3]).last == (100.0, 2.0)
