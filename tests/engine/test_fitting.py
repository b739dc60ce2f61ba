"""How long an example may be: taken from the data, cut by turns and whole sentences, never mid-answer."""

import pytest

from engine.errors import DataError
from engine.fitting import ROUND_TO, fit
from engine.formatting import Formatter
from engine.learnt_tokenizer import train_tokenizer
from engine.reading import ClassFormatter, SourceFormatter
from engine.records import Record
from engine.shortening import LEFT_OUT
from tests.engine.runs import question


@pytest.fixture(scope="module")
def formatter(nano_folder):
    return Formatter.from_folder(nano_folder)


def talk(id, turns, response="blue"):
    said = [
        {"role": role, "content": f"{role} says {n}, which colour?"}
        for n in range(turns)
        for role in ("user", "assistant")
    ][:-1]
    return Record(id=id, pair=id, task="chat", turns=said, response=response)


def test_the_maximum_from_the_data_leaves_nothing_out_and_cuts_no_answer(formatter):
    records = [question(i, f"which colour is it{' really' * i}?", "red") for i in range(30)]
    fitted = fit(formatter, records, 0)
    longest = max(len(one.ids) for one in fitted.examples)
    assert (len(fitted.examples), fitted.left_out, fitted.shortened) == (30, [], 0)
    assert longest <= fitted.max_length < longest + ROUND_TO
    assert fitted.max_length % ROUND_TO == 0


def test_one_very_long_conversation_does_not_make_every_batch_long(formatter):
    records = [question(i, "which colour?", "red") for i in range(300)]
    fitted = fit(formatter, [*records, talk(400, 60)], 0)
    assert fitted.max_length == ROUND_TO
    assert fitted.examples[-1].dropped_turns > 0
    assert formatter.decode(fitted.examples[-1].ids[fitted.examples[-1].prompt_length :]) == "blue"


def test_one_very_long_answer_is_held_whole(formatter):
    records = [question(i, "which colour?", "red") for i in range(300)]
    fitted = fit(formatter, [*records, question(400, "all of them?", "red green blue " * 50)], 0)
    assert fitted.left_out == []
    assert len(fitted.examples[-1].ids) > ROUND_TO


def test_the_maximum_from_the_data_is_never_more_than_the_model_can_read(formatter):
    fitted = fit(formatter, [question(1, "which colour?" * 99, "red")], 0, context=100)
    assert fitted.max_length == 100
    assert [one.row for one in fitted.left_out] == [1]


def test_an_input_that_is_too_long_loses_as_few_sentences_as_it_takes(formatter):
    said = [f"Fact {n} is blue. " for n in range(40)]
    record = question(1, "Sum it up.", "blue", input="".join(said))
    with pytest.raises(DataError):
        formatter.example(record, 200)
    example = formatter.example(record, 200, shorten_input=True)
    text = formatter.decode(example.ids)
    kept = [one for one in said if one.strip() in text]
    assert 0 < len(kept) == 40 - example.dropped_sentences
    assert LEFT_OUT in text
    assert "Fact 0 " in text
    assert "Fact 39 " in text
    assert "Fact 20 " not in text
    assert len(example.ids) <= 200 < len(example.ids) + len(formatter.tokenizer.encode(said[20]).ids) + 5  # fmt: skip
    whole = formatter.example(record, 9999)
    assert example.ids[example.prompt_length :] == whole.ids[whole.prompt_length :]


def test_an_input_of_which_nothing_would_be_left_is_not_shortened(formatter):
    record = question(1, "Sum it up.", "blue", input="A long fact about blue. " * 9)
    shortest = len(formatter.example(question(1, "Sum it up.", "blue"), 999).ids) + 12
    with pytest.raises(DataError):
        formatter.example(record, shortest, shorten_input=True)


def test_an_answer_that_is_too_long_is_left_out_however_the_input_is_shortened(formatter):
    record = question(1, "which?", "red " * 300, input="One. Two. Three.")
    with pytest.raises(DataError, match="needs"):
        formatter.example(record, 100, shorten_input=True)


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    """Of an encoder–decoder."""
    folder = tmp_path_factory.mktemp("reader")
    train_tokenizer([question(1, "which colour?", "red")], 300, folder, "encoder_decoder")
    return SourceFormatter.from_folder(folder)


@pytest.mark.parametrize("max_length", [0, 5000])
def test_an_encoder_and_its_decoder_have_each_their_own_positions(reader, max_length):
    record = question(1, "which colour? " * 8, "red " * 20)
    whole = reader.example(record, 5000)
    read, said = whole.prompt_length, len(whole.ids) - whole.prompt_length
    fitted = fit(reader, [record], max_length, context=max(read, said))
    assert fitted.examples == [whole]
    fitted = fit(reader, [record], max_length, context=max(read, said) - 1)
    assert fitted.examples == []
    assert f"needs {max(read, said)} tokens" in fitted.left_out[0].why


def test_an_input_too_long_for_the_encoder_alone_is_shortened(reader):
    facts = "".join(f"Fact {n} is blue. " for n in range(40))
    record = question(1, "Sum it up.", "blue", input=facts)
    [example] = fit(reader, [record], 5000, shorten_input=True, context=200).examples
    assert 150 < example.prompt_length <= 200
    assert example.dropped_sentences


def test_a_text_that_fills_a_classifiers_positions_fits(tmp_path):
    train_tokenizer([question(1, "which colour?", "red")], 300, tmp_path, "encoder_classifier")
    formatter = ClassFormatter.from_folder(tmp_path).for_labels(["red", "blue"])
    record = question(1, "which colour? " * 8, "red")
    positions = len(formatter.prompt(record).ids)
    assert len(fit(formatter, [record], 0, context=positions).examples) == 1
    assert fit(formatter, [record], 0, context=positions - 1).examples == []
