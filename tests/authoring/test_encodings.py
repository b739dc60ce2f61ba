"""What people's programs save as text: UTF-8 with or without a mark, GB18030, UTF-16, gzipped."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.actions import imports
from authoring.formats.text import GB18030, UTF_8, find_encoding

TABLE = "instruction,response\n请把这句话翻译成英文：今天天气很好。,The weather is fine today.\n"


def encoding_of(data: bytes):
    from io import BytesIO

    return find_encoding(lambda: BytesIO(data))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("gb18030", "GB18030"),
        ("gbk", "GB18030"),
        ("utf-16", "UTF-16"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_same_table_in_every_encoding_gives_the_same_pair(codec, name, pack, upload, ada):
    checked = upload("in.csv", pack(TABLE.encode(codec)))
    assert (checked.encoding, checked.rows_good) == (name, 1)
    head = imports.commit(dataset_import=checked, by=ada).pairs.get().head
    assert head.instruction == "请把这句话翻译成英文：今天天气很好。"


@pytest.mark.django_db
def test_a_latin_1_byte_in_an_english_file_is_a_bad_row_and_not_chinese(upload):
    rows = b'{"instruction": "a", "response": "b"}\n{"instruction": "caf\xe9s", "response": "b"}\n'
    checked = upload("in.jsonl", rows)
    assert (checked.encoding, checked.rows_good) == ("UTF-8", 1)
    assert [(one.row, one.problem[:8]) for one in checked.problems] == [(2, "This row")]


def test_a_character_cut_by_the_end_of_the_file_is_no_utf_8():
    assert encoding_of("好".encode() * 3 + b"\xe5\xa5") == UTF_8


def test_a_rare_character_among_common_ones_is_still_chinese():
    assert encoding_of(("今天天气很好。" * 20 + "㐂𠀀").encode("gb18030")) == GB18030


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1))
def test_utf_8_is_never_taken_for_anything_else(text):
    assert encoding_of(text.encode()) == UTF_8


@pytest.mark.parametrize(
    "text",
    [
        "退款什么时候到账",
        "地址写错了，应该是6栋不是9栋，还没发货能改吗",
        "书皮压坏了，想换一本",
        '{"instruction": "给出下面词语的同义词", "response": "令人惊奇地，意外地"}',
        "不但春妍夏亦佳，随缘花草是生涯。鹿葱解插纤长柄，金凤仍开最小花。",
    ],
)
def test_chinese_in_gb18030_is_recognised(text):
    assert encoding_of(text.encode("gb18030")) == GB18030
