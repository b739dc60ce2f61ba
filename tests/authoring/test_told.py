"""A sentence that was kept is told in the language of who reads it, whoever wrote it down."""

from django.utils import translation

from authoring.errors import Invalid
from authoring.words import in_a_row, is_told, kept, told, words
from engine.words import Words

WITHIN = Words("there are no validation rows to measure")
FRAME = Words("%(name)s: %(words)s", name="patience", words=WITHIN)


def test_what_was_said_in_one_language_is_told_in_another():
    with translation.override("zh-hans"):
        stored = kept(words("The last %(n)s trials failed.", n=3))
    assert stored == {"words": "The last %(n)s trials failed.", "values": {"n": 3}}
    with translation.override("en"):
        assert told(stored) == "The last 3 trials failed."


def test_a_sentence_without_places_is_kept_as_itself_and_told_in_chinese():
    assert kept(WITHIN) == "there are no validation rows to measure"
    with translation.override("zh-hans"):
        assert told(kept(WITHIN)) != kept(WITHIN)


def test_a_sentence_within_a_sentence_is_told_too():
    with translation.override("zh-hans"):
        said = told(kept(FRAME))
    assert said.startswith("patience: ")
    assert "validation" not in said


def test_several_sentences_are_kept_as_one():
    stored = kept(in_a_row(["The disk hums.", WITHIN]))
    with translation.override("zh-hans"):
        assert str(told(stored)).startswith("The disk hums. ")
        assert "validation" not in told(stored)


def test_a_text_of_another_program_stays_as_it_is_and_is_known_to_be_untold():
    with translation.override("zh-hans"):
        assert told("KeyError: 'x' 100 %") == "KeyError: 'x' 100 %"
        assert not is_told("KeyError: 'x'")
        assert is_told(FRAME)
        assert not is_told(Words("%(error)s: %(text)s", error="KeyError", text="x"))


def test_nothing_is_told_as_nothing():
    with translation.override("zh-hans"):
        assert told("") == ""  # gettext's answer to it is the head of its catalogue


def test_what_was_kept_is_kept_again_unchanged():
    assert kept(kept(FRAME)) == kept(FRAME)


def test_a_refusal_repeats_the_engine_in_the_readers_language():
    with translation.override("zh-hans"):
        refused = Invalid(WITHIN, "", {"patience": [WITHIN]})
    assert refused.message != WITHIN
    assert refused.fields["patience"] == [refused.message]
