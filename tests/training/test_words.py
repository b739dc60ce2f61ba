"""What the engine names has words on the pages: its settings, its choices, its failures, its deeds."""

import pytest
from django.utils import translation

from authoring.permissions import DEED_NAMES, DEEDS
from authoring.states import IMPORT, PAIR, NotAllowed
from authoring.words import is_told
from engine import errors
from engine.settings import options
from engine.settings.contradictions import CONTRADICTIONS
from training import failures
from training.labels import CHOICES, HELP, LABELS
from training.states import JOB

METHODS = ("sft", "grpo")
NAMES_AS_THEY_ARE = {"float32", "bfloat16", "float16", "cpu", "cuda"}
"""Choices that are called the same in every language."""

FAILURE = {"type": "out_of_memory", "message": "12 GB were asked for", "remedy": "halve the batch"}


@pytest.mark.parametrize("method", METHODS)
def test_every_setting_has_a_name_and_a_help(method):
    named = {one.name for one in options(method)}
    assert named <= LABELS.keys()
    assert named <= HELP.keys()


def test_no_setting_is_named_that_the_engine_lacks():
    assert LABELS.keys() == {one.name for method in METHODS for one in options(method)}
    assert HELP.keys() == LABELS.keys()


@pytest.mark.parametrize("method", METHODS)
def test_every_choice_has_a_name(method):
    choices = {choice for one in options(method) for choice in one.choices or ()}
    assert choices - NAMES_AS_THEY_ARE <= CHOICES.keys()


def test_every_contradiction_of_settings_is_said_in_chinese():
    with translation.override("zh-hans"):
        assert all(is_told(one.why) for one in CONTRADICTIONS)


def kinds_of(error: type[errors.EngineError]) -> set[str]:
    """Of the whole tree below."""
    return {error.kind}.union(*map(kinds_of, error.__subclasses__()))


def test_every_failure_of_the_engine_has_words():
    assert (
        kinds_of(errors.EngineError) | {"chain", "lost_process", "studio"} == failures.SAID.keys()
    )


def test_a_failure_whose_parts_were_kept_is_told_in_chinese_alone():
    kept_parts = {"words": "The last %(n)s trials failed.", "values": {"n": 3}}
    with translation.override("zh-hans"):
        what, _remedy, said = failures.told({**FAILURE, "message": kept_parts})
    assert "3" in what
    assert "trials" not in what
    assert said == []


def test_a_failure_is_told_in_english_as_it_was_stored():
    with translation.override("en"):
        assert failures.told(FAILURE) == ("12 GB were asked for", "halve the batch", [])


def test_a_failure_is_told_in_chinese_with_the_stored_words_beside():
    with translation.override("zh-hans"):
        what, remedy, said = failures.told(FAILURE)
        assert "内存" in str(what)
        assert str(remedy) != FAILURE["remedy"]
    assert said == ["12 GB were asked for", "halve the batch"]


def test_every_deed_of_the_permissions_has_a_name():
    assert DEED_NAMES.keys() == DEEDS.keys()


@pytest.mark.parametrize("deed", sorted({*PAIR, *IMPORT, *JOB, "checkpoint"}))
def test_a_deed_that_is_not_allowed_is_named_in_chinese(deed):
    with translation.override("zh-hans"):
        said = str(NotAllowed(deed, "submitted"))
    assert deed.replace("_", " ") not in said
    assert "待审核" in said
