"""Template tags say the same in words as they draw."""

from django.template import Context, Template
from django.test import RequestFactory

from authoring.looks import LOOKS
from authoring.states import ImportState, PairState
from authoring.templatetags.studio import heat, initials
from training.states import JobState


def shown(source, **context):
    return Template("{% load studio %}" + source).render(
        Context({"request": RequestFactory().get("/?sort=score&page=3&q=a"), **context})
    )


def test_every_state_has_a_look_of_its_own():
    assert {*PairState.values, *ImportState.values, *JobState.values} <= LOOKS.keys()


def test_a_state_is_an_icon_and_a_word():
    text = shown('{% state "approved" "approved" %}')
    assert "circle-check" in text
    assert "approved" in text


def test_text_is_escaped_everywhere():
    evil = "<script>alert(1)</script>"
    for source in (
        "{% state x x %}",
        '{% word_diff "" x %}',
        "{% stat x 1 %}",
        '{% include "components/_turn.html" with text=x %}',
        '{% include "components/_notice.html" with what=x %}',
        '{% include "components/_badge.html" with text=x %}',
    ):
        assert "<script>" not in shown(source, x=evil)


def test_a_number_that_was_not_measured_says_so():
    assert "not measured yet" in shown('{% stat "F1" none %}', none=None)


def test_a_stat_without_a_model_to_beat_gains_nothing():
    text = shown('{% stat "F1" 0.5 low=0.4 high=0.6 base=gain.first delta=gain.delta %}', gain=None)
    assert "0.500" in text
    assert "against the base" not in text


def test_a_stat_shows_interval_and_n():
    text = shown('{% stat "F1" 0.5 low=0.4 high=0.6 n=500 delta=-0.1 %}')
    assert "0.400–0.600 · n = 500" in text
    assert "−0.100" in text
    assert "95% interval 0.400 to 0.600" in text


def test_a_sorted_column_turns_and_paging_starts_over():
    text = shown('{% sort_header "score" "Score" %}')
    assert 'aria-sort="ascending"' in text
    assert "sort=-score" in text
    assert "q=a" in text
    assert "page=" not in text


def test_heat_has_ten_steps():
    assert [heat(n, 9) for n in (0, 1, 9)] == ["heat-0", "heat-1", "heat-9"]
    assert heat(1, 1000) == "heat-1"
    assert heat(None, 0) == "heat-0"


def test_initials_of_a_chinese_name_are_one_sign():
    assert [initials(name) for name in ("Ada Lovelace", "李安", "eve@example.org", "")] == [
        "AL",
        "李",
        "EE",
        "?",
    ]
