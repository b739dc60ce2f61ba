"""Which prompts a policy answers: those that leave room for an answer, shortened where that is asked for."""

import pytest

from engine.errors import DataError
from engine.rollouts import Roller
from engine.start import start
from tests.engine.runs import open_job, question, said, write_run

FACTS = "".join(f"Fact {n} is blue. " for n in range(40))
LONG = question(99, "Which colour?", "blue", input=FACTS)


@pytest.fixture
def roll(nano, questions, tmp_path):
    """roll(settings) → the prompts that are answered, and the run."""

    def rolled(**chosen):
        run = write_run(
            tmp_path / "1",
            "grpo",
            nano,
            {"train": [*questions[:3], LONG]},
            max_new_tokens=5,
            **chosen,
        )
        job = open_job(run)
        loaded, _ = start(job, questions)
        return [len(one.ids) for one in Roller(job, loaded)._prompts], run

    return rolled


def test_a_prompt_that_is_too_long_is_left_out_and_said(roll):
    lengths, run = roll(max_length=205)
    assert len(lengths) == 3
    assert any("longer than 200 tokens" in one["message"] for one in said(run, "log"))


def test_it_is_shortened_by_sentences_where_that_is_asked(roll):
    lengths, _ = roll(max_length=205, truncate_input="sentences")
    assert len(lengths) == 4
    assert 150 < lengths[-1] <= 200


def test_a_maximum_beyond_the_models_context_is_no_room(roll, monkeypatch):
    from engine.families.decoder import Decoder

    monkeypatch.setattr(Decoder, "room", lambda self, model, to_come: 100 - to_come)
    lengths, _ = roll(max_length=4000)
    assert len(lengths) == 3


def test_answers_as_long_as_the_model_can_read_leave_no_room_and_that_is_said(roll, monkeypatch):
    from engine.families.decoder import Decoder

    monkeypatch.setattr(Decoder, "room", lambda self, model, to_come: 4 - to_come)
    with pytest.raises(DataError, match="fits 0 tokens") as refused:
        roll()
    assert "max_new_tokens" in refused.value.remedy
