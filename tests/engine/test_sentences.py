"""Sentences of real, tricky texts; `|` marks where each ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sentences import sentences

TEXTS = [
    "Dr. Li paid $3.50 for it. |Why?",
    "See Fig. 3 and, e.g., the U.S. Treasury's note. |It rose 2.5%. |Prof. J. R. Smith agreed.",
    "He works at Acme Inc. |The firm is old.",
    "Acme Inc. Shanghai was founded in 1998. |It moved.",
    "I came at 5 p.m. |The shop was shut.",
    "They met at 5 p.m. Friday. |Nobody came.",
    "“Stop!” she cried. |“It is too late.” |He left.",
    '"Are you sure?" he asked. |"Yes."',
    "Visit example.com or open a.txt first. |Then run v2.0.1 of it.",
    "Wait... what? |No... |I mean it!",
    "It was (as Mr. Ito said) good. |Was it?! |Yes.",
    "1. Wash the rice.\n|2. Boil it for 10 min. |Then rest.",
    "No. 5 is alive. |The cost (approx. 3.2 kg of CO2 etc.) is small.",
    "So did I. |You did too.",
    "Smith et al. (2020) found it. |Others, cf. Jones v. State, did not.",
    "A line without a stop\n|Another\n\n|And a third",
    "我来了。|你呢？|他也来！",
    "他说：“走吧！”|我没动。",
    "“走吧！”他说。|我没动。",
    "“你来吗？”她问。|“来。”|“好。”",
    "价格是3.5元…|真的吗？！|当然。",
    "他想了想……|然后走了。",
    "使用Python 3.11版。|It works. |对吧？",
    "《红楼梦》（曹雪芹著）写得好！|你读过吗？",
    "我用 e.g. 的时候很少。|你呢？",
    "第一行没有句号\n|第二行也没有",
    "「本当ですか。」|彼は黙った。",
    "北京（人口约2,189万）是首都。|上海不是；但更大。",
]


@pytest.mark.parametrize("marked", TEXTS)
def test_a_text_is_cut_where_its_sentences_end(marked):
    assert sentences(marked.replace("|", "")) == marked.split("|")


@given(st.text(alphabet="aB1 .!?…。！？“”\n\"'一说Dr", max_size=60))
def test_nothing_is_lost_and_nothing_is_empty(text):
    found = sentences(text)
    assert "".join(found) == text
    assert all(found)


def test_no_text_has_no_sentences():
    assert sentences("") == []
