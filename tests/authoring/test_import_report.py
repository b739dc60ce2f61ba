"""Bad input is reported by row and field before anything is written, and the good rows stay importable."""

import gzip
import json

import pytest

from authoring.actions import imports
from authoring.errors import Invalid, NothingToDo, TooLarge, Unavailable
from authoring.formats.problems import SAID
from authoring.models import Import, Pair
from authoring.models.dataset_import import LONGEST_REPORT

pytestmark = [pytest.mark.django_db, pytest.mark.database]
GOOD = {"instruction": "Say hello", "response": "Hello!"}


def lines(*rows) -> str:
    return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows)


def told(dataset_import):
    return [(one.row, one.field) for one in dataset_import.problems]


def test_a_broken_row_17_is_named_and_spoils_no_other(upload, ada):
    rows = [GOOD] * 20
    rows[16] = '{"instruction": "Say hello", "response": '
    checked = upload("in.jsonl", lines(*rows))
    assert (checked.state, checked.rows_good, checked.rows_bad) == ("checked", 19, 1)
    assert told(checked) == [(17, "")]
    assert not Pair.objects.exists()
    committed = imports.commit(dataset_import=checked, by=ada)
    assert (committed.state, committed.rows_done, Pair.objects.count()) == ("committed", 19, 19)
    assert not Pair.objects.filter(origin_row=17).exists()


def test_a_missing_field_is_named(upload):
    checked = upload("in.jsonl", lines(GOOD, {"instruction": "Say hello"}, {"response": "Hi"}))
    assert told(checked) == [(2, "response"), (3, "instruction")]


def test_10_mb_in_one_field_are_named_with_their_size(upload):
    checked = upload("in.jsonl", lines(GOOD, GOOD | {"response": "x" * 10 * 2**20}))
    assert told(checked) == [(2, "response")]
    assert "10.0 MB" in checked.problems[0].problem
    assert checked.rows_good == 1


def test_a_row_too_long_to_read_is_named_and_the_next_one_is_read(upload, monkeypatch):
    monkeypatch.setattr("authoring.formats.rows.ROW_LIMIT", 1000)
    checked = upload("in.jsonl", lines(GOOD, GOOD | {"response": "x" * 5000}, GOOD))
    assert (checked.rows_good, told(checked)) == (2, [(2, "")])


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("[1, 2]", ""),
        ("null", ""),
        ("NaN", ""),
        ('{"instruction": "a", "response": NaN}', ""),
        ('{"instruction": ' + "[" * 100_000, ""),
        ({"instruction": 5, "response": "x"}, "instruction"),
        ({"instruction": "a", "response": ["x"]}, "response"),
        ({"instruction": "a", "response": "x", "tags": 3}, "tags"),
        ({"instruction": "a", "response": "nul \x00"}, "response"),
        ('{"instruction": "a", "response": "half \\ud83d"}', "response"),
        ({"instruction": "a", "response": "x", "split": "holdout"}, "split"),
        ({"instruction": "a", "response": "x", "anything": {"deep": "\x00"}}, "extra"),
    ],
)
def test_a_row_of_wrong_types_is_named_by_field(row, field, upload):
    checked = upload("in.jsonl", lines(GOOD, row, GOOD))
    assert (checked.rows_good, told(checked)) == (2, [(2, field)])


@pytest.mark.parametrize(
    ("filename", "data", "code"),
    [
        ("in.jsonl", b"", "empty_file"),
        ("in.jsonl", b" \n\n ", "no_rows"),
        ("in.json", b"[]", "no_rows"),
        ("in.jsonl", b"hello", "not_json"),
        ("in.json", b'{\n "data": [1, 2]\n}', "not_a_list"),
        ("in.jsonl", b'{"question": "a", "answer": "b"}', "unknown_format"),
        ("in.txt", b"hello\nworld", "unknown_format"),
        ("in.jsonl", b'{"prompt": "a", "chosen": "b", "rejected": "c"}', "preference_format"),
        ("in.jsonl", b'{"text": "a"}', "text_format"),
        ("in.png", b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        ("in.gz", b"\x1f\x8b this is no gzip", "not_gzip"),
        ("in.gz", gzip.compress(b'{"instruction": "a"}' * 999)[:-20], "not_gzip"),
    ],
)
def test_a_file_that_can_not_be_read_says_why_and_what_to_do(filename, data, code, upload, ada):
    failed = upload(filename, data)
    assert (failed.state, failed.report[-1]["code"]) == ("failed", code)
    problem = failed.problems[-1]
    assert problem.row is None
    assert problem.problem
    assert problem.remedy
    assert failed.error == f"{problem.problem} {problem.remedy}"


def test_an_archive_that_unpacks_to_too_much_is_refused(upload, monkeypatch):
    monkeypatch.setattr("authoring.formats.text.UNPACKED_LIMIT", 2**20)
    failed = upload("in.jsonl.gz", gzip.compress(b" " * 2**22))
    assert (failed.state, failed.report[-1]["code"]) == ("failed", "too_large_unpacked")


def test_a_list_that_breaks_off_is_read_until_there(upload):
    checked = upload("in.json", json.dumps([GOOD] * 3)[:-20])
    assert (checked.rows_good, told(checked)) == (2, [(3, "")])


def test_a_list_without_an_end_keeps_all_its_rows(upload):
    checked = upload("in.json", json.dumps([GOOD] * 3)[:-1])
    assert (checked.rows_good, checked.rows_bad) == (3, 1)


def test_a_table_row_with_too_few_columns_is_named_by_its_line(upload):
    table = 'instruction,response\n"two\nlines",yes\nonly one\nlast,yes\n'
    checked = upload("in.csv", table)
    assert (checked.rows_good, told(checked)) == (2, [(4, "")])


def test_labels_outside_the_set_and_empty_responses_are_warnings(upload, intent):
    table = "input,label\nmoney back,refund\nhello,greeting\nsilence,\n"
    checked = upload("in.csv", table, task=intent)
    assert (checked.rows_good, checked.rows_bad, checked.warnings) == (3, 0, 2)
    assert [(one.row, one.level) for one in checked.problems] == [(3, "warning"), (4, "warning")]


def test_a_long_report_keeps_a_thousand_problems_and_counts_all(upload):
    checked = upload("in.jsonl", lines(GOOD, *["{"] * (LONGEST_REPORT + 5)))
    assert len(checked.report) == LONGEST_REPORT
    assert checked.rows_bad == LONGEST_REPORT + 5


def test_a_file_without_a_good_row_can_not_be_imported(upload, ada):
    checked = upload("in.jsonl", lines({"instruction": "a", "response": 1}, "{"))
    with pytest.raises(NothingToDo):
        imports.commit(dataset_import=checked, by=ada)


def test_a_file_over_the_limit_is_not_kept(upload, settings):
    settings.UPLOAD_LIMIT = 100
    with pytest.raises(TooLarge):
        upload("in.jsonl", lines(*[GOOD] * 10))


def test_a_format_nobody_knows_is_refused(upload):
    with pytest.raises(Invalid) as refused:
        upload("in.jsonl", lines(GOOD), format="parquet")
    assert "format" in refused.value.fields


def test_a_full_disk_is_said_and_leaves_no_import(upload, settings, project):
    settings.MEDIA_ROOT = "/proc/no-place-to-write"
    with pytest.raises(Unavailable):
        upload("in.jsonl", lines(GOOD))
    assert not project.imports.exists()


@pytest.mark.parametrize("kept_too_long", [True, False])
def test_a_file_that_is_gone_is_said(kept_too_long, upload, ada):
    checked = upload("in.jsonl", lines(GOOD))
    checked.file.storage.delete(checked.file.name)
    if kept_too_long:
        Import.objects.update(file="")
        checked.refresh_from_db()
    failed = imports.check(dataset_import=checked, by=ada)
    assert (failed.state, failed.report[-1]["code"]) == ("failed", "file_missing")


def test_the_preview_shows_rows_as_pairs_would_hold_them(upload):
    checked = upload("in.jsonl", lines(GOOD | {"split": "dev"}, GOOD | {"response": "x" * 9000}))
    first, second = checked.sample
    assert (first["row"], first["split"], first["response"]) == (1, "validation", "Hello!")
    assert len(second["response"]) < 2100


@pytest.mark.parametrize("code", SAID)
def test_every_problem_can_be_put_into_words(code):
    class Anything(dict):
        def __missing__(self, key):
            return 1

    problem, remedy = SAID[code]
    assert str(problem) % Anything()
    assert str(remedy) % Anything() is not None
