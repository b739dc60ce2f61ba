"""A file that is no JSON, is broken at row 17, lacks a field, holds 10 MB in one, is empty, or is in GB18030."""

import gzip
import json

import pytest

from authoring.models import Import, Pair, Revision

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def rows(number: int) -> list[str]:
    return [
        json.dumps({"instruction": f"Question {n}", "response": f"Answer {n}"})
        for n in range(1, number + 1)
    ]


def lines(*these: str) -> bytes:
    return "\n".join(these).encode()


@pytest.mark.parametrize(
    ("filename", "data", "says", "remedy"),
    [
        (
            "prose.json",
            b"Dear studio, here are my pairs.",
            "This is no JSON",
            "one JSON object a line",
        ),
        ("rows.jsonl", b"{{{{", "This is no JSON", "one JSON object a line"),
        ("rows.jsonl", b"", "empty", "at least one row"),
        ("rows.jsonl", b" \n\n  ", "no rows", "at least one row"),
        ("rows.jsonl.gz", gzip.compress(b"{}")[:-4], "damaged", "Compress it again"),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no text file", "JSONL"),
        (
            "one.json",
            b'{\n"data": [\n{"a": 1}\n]\n}',
            "not a list of objects",
            "one list of objects",
        ),
        ("rows.jsonl", b'{"colour": "red"}', "No known record format", "instruction"),
        ("rows.jsonl", b'{"chosen": "a", "rejected": "b"}', "preference data", "chosen"),
    ],
)
def test_a_file_that_cannot_be_read_says_why_and_what_to_do(bring, filename, data, says, remedy):
    answer = bring(filename, data)
    assert answer.status < 500
    assert says in answer.text
    assert remedy in answer.text
    assert not Pair.objects.exists()


def test_a_broken_row_17_is_named_and_the_others_come_in(bring, bring_in):
    file = rows(20)
    file[16] = '{"instruction": "Question 17", "response": '
    answer = bring("rows.jsonl", lines(*file))
    assert "17" in answer.text
    assert "This is no JSON" in answer.text
    assert not Pair.objects.exists(), "nothing is written before somebody looked"
    bring_in()
    assert Pair.objects.count() == 19
    assert 17 not in Pair.objects.values_list("origin_row", flat=True)


def test_a_row_that_lacks_a_field_is_named_by_it(bring, bring_in):
    file = [*rows(2), json.dumps({"messages": []}), json.dumps({"response": "only"})]
    answer = bring("rows.jsonl", lines(*file))
    assert "response" in answer.text
    bring_in()
    assert Pair.objects.count() >= 2


def test_10_mb_in_one_field_are_named_by_row_and_field(bring, bring_in):
    large = json.dumps({"instruction": "Question 2", "response": "x" * 10_485_760})
    answer = bring("rows.jsonl", lines(rows(1)[0], large))
    assert "10.0 MB; a field holds at most 1.0 MB" in answer.text
    assert "response" in answer.text
    bring_in()
    assert [pair.origin_row for pair in Pair.objects.all()] == [1]


def test_gb18030_is_read_as_what_it_is(bring, bring_in):
    text = json.dumps(
        {"instruction": "请把这句话翻译成英文", "response": "好的"}, ensure_ascii=False
    )
    answer = bring("rows.jsonl", text.encode("gb18030"))
    assert "GB18030" in answer.text
    bring_in()
    assert Revision.objects.get().instruction == "请把这句话翻译成英文"


ODD = {
    "a NUL": '{"instruction": "a\\u0000b", "response": "b"}',
    "half a character": '{"instruction": "\\ud83d", "response": "b"}',
    "infinity": '{"instruction": "a", "response": "b", "score": 1e999}',
    "minus infinity": '{"instruction": "a", "response": "b", "score": -Infinity}',
    "no number": '{"instruction": "a", "response": "b", "score": NaN}',
    "an absurd number": '{"instruction": "a", "response": "b", "id": ' + "9" * 5000 + "}",
    "brackets without end": '{"instruction": "a", "response": "b", "x": ' + "[" * 100_000 + "}",
    "too deep": '{"instruction": "a", "response": "b", "x": ' + "[" * 900 + "]" * 900 + "}",
    "deep objects": '{"instruction": "a", "response": "b", "x": '
    + '{"a":' * 300
    + "1"
    + "}" * 300
    + "}",
    "a name with NUL": '{"instruction": "a", "response": "b", "x\\u0000": 1}',
    "numbers for texts": '{"instruction": 1, "response": [2]}',
    "a huge split": '{"instruction": "a", "response": "b", "split": "' + "x" * 5000 + '"}',
    "a wrong language": '{"instruction": "a", "response": "b", "language": "' + "x" * 5000 + '"}',
    "a tag too long": '{"instruction": "a", "response": "b", "tags": ["' + "x" * 5000 + '"]}',
    "a list": "[1, 2]",
    "a text": '"instruction"',
    "null": "null",
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("shape", ["lines", "list"])
def test_a_row_that_no_database_could_hold_is_a_bad_row_and_spoils_no_other(
    bring, bring_in, odd, shape
):
    good = rows(1)[0]
    data = lines(good, odd) if shape == "lines" else f"[{good},{odd}]".encode()
    answer = bring("rows.json", data)
    assert answer.status < 300
    made = Import.objects.get()
    assert (made.state, made.rows_good, made.rows_bad) == ("checked", 1, 1)
    assert made.problems[0].row == 2
    assert made.problems[0].problem
    bring_in()
    assert [pair.origin_row for pair in Pair.objects.all()] == [1]


@pytest.mark.parametrize("byte", [b"\xff", b"\xc3\x28", b"\xed\xa0\x80"])
def test_bytes_that_are_no_text_are_a_bad_row(bring, byte):
    bad = b'{"instruction": "caf' + byte + b' is open late", "response": "yes"}'
    bring("rows.jsonl", lines(*rows(30)) + b"\n" + bad)
    made = Import.objects.get()
    assert (made.rows_good, made.rows_bad) == (30, 1)


UNUSUAL = [
    "e\u0301",
    "\u202eabc",
    "\ufeffa",
    "👩‍👩‍👧",
    "\u200b",
    "a\u2028b",
    "ﷺ",
    "𠜎",
    "\x1b[31m",
    "İstanbul",
]


@pytest.mark.parametrize("text", UNUSUAL)
def test_unusual_characters_come_in_as_they_are(bring, bring_in, text):
    row = json.dumps({"instruction": f"Say {text}", "response": f"{text}!"}, ensure_ascii=False)
    bring("rows.jsonl", row.encode())
    bring_in()
    assert Revision.objects.get().instruction == f"Say {text}"
    assert Revision.objects.get().response == f"{text}!"
