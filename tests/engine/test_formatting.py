"""Formatting is what transformers does, with one BOS, a trained stop token and no half answers."""

import json
import shutil

import pytest
from transformers import AutoTokenizer

from engine.errors import DataError, ModelError
from engine.formatting import Formatter
from engine.records import Record
from tests.engine.runs import question

CONVERSATIONS = [
    question(1, "which colour is the sky?", "blue"),
    question(2, "1984, naïve café — 北京 🎈?", "two\n\nlines ", system="Answer in one word."),
    question(3, "Read this.", "red", input="A long\n  input"),
    Record(
        id=4,
        pair=4,
        task="chat",
        response="last",
        turns=[
            {"role": "user", "content": "first"},
            {"role": "assistant", "content": "second"},
            {"role": "user", "content": "third"},
        ],
    ),
]
LLAMA_LIKE = (
    "{{ bos_token }}{% for message in messages %}[{{ message['role'] }}] "
    "{{ message['content'] | trim }}{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}\n"
    "{% endfor %}{% if add_generation_prompt %}[assistant] {% endif %}"
)


def assert_equal_to_transformers(folder, record):
    formatter, theirs = Formatter.from_folder(folder), AutoTokenizer.from_pretrained(folder)
    prompt = formatter.prompt(record)
    assert prompt.text == theirs.apply_chat_template(
        record.prompt(), add_generation_prompt=True, tokenize=False
    )
    assert prompt.ids == theirs.apply_chat_template(
        record.prompt(), add_generation_prompt=True, return_dict=False
    )
    answered = [*record.prompt(), {"role": "assistant", "content": record.response}]
    whole = theirs.apply_chat_template(answered, return_dict=False)
    ids = formatter.example(record, 1000).ids
    assert ids == whole[: len(ids)]
    assert whole[len(ids) :] in ([], theirs.encode("\n", add_special_tokens=False))


@pytest.mark.parametrize("record", CONVERSATIONS, ids=lambda one: f"record {one.id}")
def test_ids_equal_those_of_transformers_for_a_tokenizer_from_scratch(nano_folder, record):
    assert_equal_to_transformers(nano_folder, record)


@pytest.mark.smollm
@pytest.mark.parametrize("record", CONVERSATIONS, ids=lambda one: f"record {one.id}")
def test_ids_equal_those_of_transformers_for_smollm2(smollm2, record):
    assert_equal_to_transformers(smollm2, record)


@pytest.fixture
def other(nano_folder, tmp_path):
    """A copy of the nano tokenizer with another template and other settings."""

    def change(template=None, **settings):
        folder = tmp_path / "other"
        shutil.copytree(nano_folder, folder)
        config = json.loads((folder / "tokenizer_config.json").read_text())
        (folder / "tokenizer_config.json").write_text(json.dumps(config | settings))
        (folder / "chat_template.jinja").unlink()
        if template:
            (folder / "chat_template.jinja").write_text(template)
        return folder

    return change


def test_a_template_with_its_own_bos_is_not_given_a_second_one(other):
    folder = other(LLAMA_LIKE, bos_token="<|pad|>")
    formatter = Formatter.from_folder(folder)
    bos = formatter.tokenizer.token_to_id("<|pad|>")
    for record in CONVERSATIONS:
        ids = formatter.example(record, 1000).ids
        assert ids[0] == bos
        assert ids.count(bos) == 1


def test_a_tokenizer_that_adds_bos_gives_it_where_the_template_does_not(other):
    folder = other(LLAMA_LIKE.removeprefix("{{ bos_token }}"), bos_token="<|pad|>")
    path = folder / "tokenizer.json"
    tokenizer = json.loads(path.read_text())
    bos = next(one["id"] for one in tokenizer["added_tokens"] if one["content"] == "<|pad|>")
    tokenizer["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<|pad|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
        "special_tokens": {"<|pad|>": {"id": "<|pad|>", "ids": [bos], "tokens": ["<|pad|>"]}},
    }  # fmt: skip
    path.write_text(json.dumps(tokenizer))
    ids = Formatter.from_folder(folder).example(CONVERSATIONS[0], 1000).ids
    assert ids[0] == bos
    assert ids.count(bos) == 1


@pytest.mark.parametrize("template", [None, LLAMA_LIKE], ids=["no template", "own template"])
@pytest.mark.parametrize("record", CONVERSATIONS, ids=lambda one: f"record {one.id}")
def test_the_loss_is_on_the_response_and_one_stop_token(other, template, record):
    formatter = Formatter.from_folder(other(template, bos_token="<|pad|>"))
    example = formatter.example(record, 1000)
    answer = example.ids[example.prompt_length :]
    assert formatter.decode(answer).strip() == record.response.strip()
    assert [one in formatter.stop_ids for one in answer] == [False] * (len(answer) - 1) + [True]
    assert example.loss_mask == [False] * example.prompt_length + [True] * len(answer)


@pytest.mark.parametrize("record", CONVERSATIONS, ids=lambda one: f"record {one.id}")
def test_training_and_prediction_read_the_same_prompt(nano_folder, record):
    formatter = Formatter.from_folder(nano_folder)
    example = formatter.example(record, 1000)
    assert example.ids[: example.prompt_length] == formatter.prompt(record).ids


def test_an_answer_that_would_melt_into_the_prompt_is_kept_apart_from_it(nano_folder):
    formatter = Formatter.from_folder(nano_folder)
    record = question(1, "which?", "\n\n  indented")
    example = formatter.example(record, 1000)
    assert example.ids[: example.prompt_length] == formatter.prompt(record).ids
    assert formatter.decode(example.ids[example.prompt_length :]) == record.response


def test_a_response_that_names_the_stop_token_is_not_cut_there(nano_folder):
    formatter = Formatter.from_folder(nano_folder)
    record = question(1, "how does a turn end?", "with <|im_end|> and a newline")
    example = formatter.example(record, 1000)
    assert "and a newline" in formatter.decode(example.ids[example.prompt_length :])


def test_the_oldest_turns_go_first_and_the_system_message_stays(nano_folder):
    formatter = Formatter.from_folder(nano_folder)
    turns = [
        {"role": role, "content": f"{role} number {number}"}
        for number in range(6)
        for role in ("user", "assistant")
    ][:-1]
    record = Record(id=1, pair=1, task="chat", turns=turns, response="done", system="Be brief.")
    whole = formatter.example(record, 1000)
    short = formatter.example(record, len(whole.ids) // 2)
    text = formatter.tokenizer.decode(short.ids, skip_special_tokens=False)
    assert whole.dropped_turns == 0
    assert short.dropped_turns > 0
    assert short.dropped_turns % 2 == 0
    assert "Be brief." in text
    assert "user number 5" in text
    assert "user number 0" not in text
    assert short.ids[short.prompt_length :] == whole.ids[whole.prompt_length :]


def test_what_cannot_fit_is_refused_rather_than_halved(nano_folder):
    with pytest.raises(DataError, match=r"pair 1 needs \d+ tokens, more than the maximum of 20"):
        Formatter.from_folder(nano_folder).example(question(1, "which?", "red " * 50), 20)


def test_a_template_cannot_reach_out_of_its_sandbox(other):
    folder = other("{{ messages.__class__.__mro__[1].__subclasses__() }}")
    with pytest.raises(ModelError, match="refused"):
        Formatter.from_folder(folder).prompt(CONVERSATIONS[0])


def test_a_template_may_refuse_a_conversation_in_its_own_words_and_the_pair_is_named(other):
    folder = other("{{ raise_exception('no system messages, please') }}")
    formatter = Formatter.from_folder(folder)
    with pytest.raises(ModelError, match=r"pair 4: .*no system messages, please"):
        formatter.prompt(question(4, "which?", "red"))
    with pytest.raises(ModelError, match=r"pair 4: .*no system messages, please"):
        formatter.example(question(4, "which?", "red"), 20)


def test_a_folder_without_tokenizer_says_what_to_do(tmp_path):
    with pytest.raises(ModelError) as caught:
        Formatter.from_folder(tmp_path)
    assert "save_pretrained" in caught.value.remedy


def test_a_generation_config_that_names_no_stop_token_leaves_it_to_the_tokenizer(other):
    folder = other(LLAMA_LIKE)
    (folder / "generation_config.json").write_text('{"eos_token_id": null}')
    formatter = Formatter.from_folder(folder)
    assert formatter.stop_ids == {formatter.tokenizer.token_to_id("<|im_end|>")}


@pytest.fixture
def hidden_end(nano_folder, tmp_path):
    """hidden_end(config) → a folder as GPT-2's and BART's are: no file of the tokenizer's names a token."""

    def change(**files):
        folder = tmp_path / "bare"
        shutil.copytree(nano_folder, folder)
        (folder / "tokenizer_config.json").write_text(
            '{"model_max_length": 1024, "eos_token": null}'
        )
        (folder / "generation_config.json").unlink()
        for name, text in files.items():
            (folder / f"{name}.json").write_text(json.dumps(text))
        return folder

    return change


@pytest.mark.parametrize(
    "files",
    [
        {
            "special_tokens_map": {"eos_token": {"content": "<|im_end|>", "lstrip": False}},
            "config": {},
        },
        {"config": {"eos_token_id": [4, 3]}},
        {"generation_config": {"eos_token_id": 4}, "config": {"eos_token_id": 3}},
    ],
    ids=["special tokens map", "config", "generation config"],
)
def test_how_an_answer_ends_is_found_where_older_folders_have_it(hidden_end, nano_folder, files):
    whole = Formatter.from_folder(nano_folder)
    stop = whole.tokenizer.token_to_id("<|im_end|>")
    text = json.dumps(files).replace("4", str(stop))
    formatter = Formatter.from_folder(hidden_end(**json.loads(text)))
    assert formatter.eos == "<|im_end|>"
    record = CONVERSATIONS[0]
    assert formatter.example(record, 1000) == whole.example(record, 1000)


def test_a_folder_that_nowhere_says_how_an_answer_ends_is_refused(hidden_end):
    with pytest.raises(ModelError, match="end-of-sequence"):
        Formatter.from_folder(hidden_end(config={"model_type": "llama"}))


def test_a_template_that_asks_for_the_date_reads_the_same_on_every_day(other):
    folder = other("{{ strftime_now('%d %b %Y') }}: {{ messages[0]['content'] }}")
    prompt = Formatter.from_folder(folder).prompt(CONVERSATIONS[0])
    assert prompt.text == "26 Jul 2024: which colour is the sky?"


def test_a_prompt_too_long_loses_as_few_sentences_as_it_takes_where_that_is_asked(nano_folder):
    formatter = Formatter.from_folder(nano_folder)
    facts = "".join(f"Fact {n} is blue. " for n in range(40))
    record = question(1, "Sum it up.", "blue", input=facts)
    whole, short = formatter.prompt(record, 200), formatter.prompt(record, 200, shorten_input=True)
    assert len(whole.ids) > 200, "the caller decides"
    assert 150 < len(short.ids) <= 200
    assert "Fact 0 " in short.text
    assert "Fact 39 " in short.text
    assert "Fact 20 " not in short.text
