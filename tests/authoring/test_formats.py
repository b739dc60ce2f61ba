"""Every record format: import then export gives the same records, unknown keys and white space included."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authoring import content as contents
from authoring.actions import export, imports
from authoring.formats import FORMATS, Defaults, detect
from authoring.formats.problems import BadRow
from authoring.models import Pair, Revision, Task

RECORDS = {
    "studio": [
        {
            "task": "chat",
            "instruction": " Say hello\n",
            "system": "Be brief.",
            "input": "to Ada",
            "response": "Hello!",
            "references": ["Hi!"],
            "tags": ["greeting"],
            "language": "en",
            "source": "by hand",
            "licence": "CC0-1.0",
            "split": "train",
            "tests": "assert True",
            "rating": 4.5,
        },
        {
            "task": "chat",
            "system": "",
            "turns": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "Hello"},
                {"role": "user", "content": "再见"},
            ],
            "input": "",
            "response": "再见！",
            "references": [],
            "tags": [],
            "language": "zh",
            "source": "",
            "licence": "",
            "split": "",
        },
    ],
    "alpaca": [
        {"instruction": "Say hello", "input": "", "output": "Hello!", "id": 7},
        {
            "instruction": "And now?",
            "input": "x",
            "output": "Bye\t",
            "system": "Be brief.",
            "history": [["Hi", "Hello"], ["How are you?", "Well."]],
        },
    ],
    "sharegpt": [
        {
            "conversations": [
                {"from": "human", "value": "Hi"},
                {"from": "gpt", "value": "Hello"},
                {"from": "human", "value": "Bye"},
                {"from": "gpt", "value": "Bye!"},
            ],
            "system": "Be brief.",
            "id": "a1",
        }
    ],
    "openai": [
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Hi", "name": "ada"},
                {"role": "assistant", "content": "Hello", "weight": 0},
            ],
            "tools": [{"type": "function"}],
        },
        {
            "messages": [
                {"role": "developer", "content": "Be brief."},
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": "Hello"},
            ]
        },
    ],
    "trl": [
        {"prompt": "Say hello", "completion": " Hello!", "score": 1},
        {
            "prompt": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Hi"},
            ],
            "completion": [{"role": "assistant", "content": "Hello"}],
        },
    ],
    "self_instruct": [
        {
            "id": "seed_task_0",
            "name": "breakfast",
            "instruction": "What shall I eat?",
            "instances": [{"input": "no eggs", "output": "Toast."}],
            "is_classification": False,
        }
    ],
}


def test_every_format_has_its_records():
    assert RECORDS.keys() == FORMATS.keys()


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_is_told_by_its_fields(name):
    assert [detect(frozenset(record)) for record in RECORDS[name]] == [name] * len(RECORDS[name])


@pytest.mark.django_db
@pytest.mark.parametrize("name", FORMATS)
def test_import_then_export_gives_the_same_records(name, upload, project, ada):
    given = RECORDS[name]
    checked = upload("in.jsonl", "\n".join(json.dumps(record) for record in given))
    assert (checked.format, checked.report) == (name, [])
    imports.commit(dataset_import=checked, by=ada)
    lines = export.project_lines(project=project, by=ada, format=name)
    assert [json.loads(line) for line in lines] == given


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("ab 北\n"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=6,
)
text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
record = st.fixed_dictionaries(
    {"instruction": text.filter(str.strip), "response": text, "tags": st.just([])},
    optional={
        "system": text,
        "input": text,
        "references": st.lists(text, max_size=2),
        "split": st.sampled_from(["", "train", "validation", "test"]),
        "label": text,
        "output": text,
        "answer": json_values,
        "extra": json_values,
        "x": json_values,
    },
)


@given(record)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
def test_our_own_format_loses_nothing_of_any_record(raw):
    studio = FORMATS["studio"]
    first = contents.clean(studio.read(raw, Defaults())[0].content)
    revision = Revision(pair=Pair(task=Task(slug="chat")), **first)
    written = json.loads(json.dumps(studio.write(revision, raw.get("split", ""))))
    (again,) = studio.read(written, Defaults())
    assert contents.clean(again.content) == first
    beside = {name: raw[name] for name in ("label", "output", "answer", "x") if name in raw}
    assert first["extra"].items() >= beside.items()
    assert again.split == raw.get("split", "")


def test_each_instance_of_a_seed_task_is_a_pair():
    raw = RECORDS["self_instruct"][0] | {
        "instances": [{"input": "a", "output": "1"}, {"input": "b", "output": "2"}]
    }
    read = FORMATS["self_instruct"].read(raw, Defaults())
    assert [(one.content["input"], one.content["response"]) for one in read] == [
        ("a", "1"),
        ("b", "2"),
    ]


@pytest.mark.django_db
def test_instances_of_one_row_are_told_apart(upload, ada):
    raw = RECORDS["self_instruct"][0] | {
        "instances": [{"input": "a", "output": "1"}, {"input": "b", "output": "2"}]
    }
    committed = imports.commit(dataset_import=upload("in.jsonl", json.dumps(raw)), by=ada)
    assert list(committed.pairs.order_by("id").values_list("origin_row", "origin_part")) == [
        (1, 0),
        (1, 1),
    ]


@pytest.mark.parametrize(
    ("name", "raw", "field"),
    [
        ("alpaca", {"instruction": "a", "output": None}, "output"),
        ("alpaca", {"instruction": "a", "output": "b", "history": ["x"]}, "history"),
        ("sharegpt", {"conversations": "hi"}, "conversations"),
        ("sharegpt", {"conversations": [{"from": "human", "value": "a"}]}, "conversations"),
        ("openai", {"messages": [{"role": "user", "content": "a"}]}, "messages"),
        ("openai", {"messages": [{"role": "tool", "content": "a"}]}, "messages"),
        ("openai", {"messages": [{"role": "user", "content": [{"text": "a"}]}]}, "messages"),
        ("openai", {"messages": [{"role": "assistant", "tool_calls": [1]}]}, "messages"),
        ("trl", {"prompt": 3, "completion": "x"}, "prompt"),
        ("self_instruct", {"instruction": "a", "instances": []}, "instances"),
        ("self_instruct", {"instruction": "a", "instances": [{"input": "x"}]}, "output"),
        ("studio", {"instruction": "a"}, "response"),
        ("studio", {"response": "a"}, "instruction"),
        ("studio", {"instruction": "a", "response": "b", "split": 3}, "split"),
    ],
)
def test_a_record_that_is_not_a_pair_names_the_field(name, raw, field):
    with pytest.raises(BadRow) as refused:
        FORMATS[name].read(raw, Defaults())
    assert refused.value.field == field


@pytest.mark.django_db
def test_a_table_is_read_by_its_header_whatever_separates_its_columns(upload, ada):
    rows = [["Instruction", "Response", "Tags", "Note"], ["Say, hello", "Hello!", "a; b", "mine"]]
    for separator in (",", ";", "\t"):
        table = "\r\n".join(separator.join(f'"{cell}"' for cell in row) for row in rows)
        committed = imports.commit(dataset_import=upload("in.csv", table), by=ada)
        head = committed.pairs.get().head
        assert (head.instruction, head.tags, head.extra) == (
            "Say, hello",
            ["a", "b"],
            {"note": "mine"},
        )


@pytest.mark.django_db
@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_list_larger_than_the_buffer_is_read_whole(indent, upload, monkeypatch):
    monkeypatch.setattr("authoring.formats.rows.CHUNK", 64)
    rows = [{"instruction": f"Question {n} 北京", "response": "x" * n} for n in range(50)]
    checked = upload("in.json", json.dumps(rows, indent=indent, ensure_ascii=False))
    assert (checked.rows_good, checked.rows_bad) == (50, 0)
