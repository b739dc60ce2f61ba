"""Exact match, token F1 and ROUGE-L: SQuAD's rules, and Chinese that isn't scored 0."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.metrics.exact_match import exact_match
from engine.metrics.rouge_l import longest_common_subsequence, rouge_l
from engine.metrics.token_f1 import token_f1
from engine.metrics.tokenizers import mixed_tokens, squad_tokens


@pytest.mark.parametrize(
    ("output", "reference", "same"),
    [
        ("the Eiffel Tower.", "Eiffel  tower", 1.0),
        ("Eiffel-Tower", "eiffeltower", 1.0),
        ("an apple", "apple", 1.0),
        ("theatre", "atre", 0.0),
        ("", "the", 1.0),
        ("", "Paris", 0.0),
        ("北京。", "北京", 1.0),
        ("北京市", "北京", 0.0),
        ("２０２６年", "2026年", 1.0),
    ],
)
def test_exact_match_normalises_as_squad_does_and_knows_chinese(output, reference, same):
    assert exact_match(output, [reference]) == same


@pytest.mark.parametrize(
    ("output", "reference", "expected"),
    [
        ("cat sat", "the cat sat down", 0.8),
        ("to be or not to be", "to be", 0.5),  # a set would give 2·2/(4+2) = 0.67
        ("to to to", "to", 0.5),
        ("dog", "cat", 0.0),
        ("北京", "北京市", 0.8),
        ("我住在北京", "北京", 4 / 7),
        ("iPhone 手机", "手机 iphone", 1.0),
    ],
)
def test_token_f1_counts_a_multiset_of_words_and_cjk_characters(output, reference, expected):
    assert token_f1(output, [reference]) == pytest.approx(expected)


def test_the_plain_squad_tokenizer_is_there_by_name_and_scores_chinese_zero():
    assert token_f1("北京", ["北京市"], tokenizer="squad_v1.1") == 0.0


def test_the_tokenizer_is_picked_by_the_references_and_never_by_the_output():
    assert token_f1("北 京", ["beijing 北京"], tokenizer="squad_v1.1") == 0.0
    assert token_f1("city 北京", ["city"]) == pytest.approx(2 / 3)


def test_empty_against_empty_follows_the_rule_that_is_named():
    assert token_f1("", [""]) == 0.0
    assert token_f1("", [""], empty="squad_v2") == 1.0
    assert token_f1("", ["Paris"], empty="squad_v2") == 0.0


def test_the_best_reference_counts():
    assert token_f1("Beijing", ["Peking", "Beijing"]) == 1.0
    assert exact_match("Beijing", ["Peking", "Beijing"]) == 1.0
    assert rouge_l("Beijing", ["Peking", "Beijing"]) == 1.0


def test_rouge_l_follows_order_where_token_f1_does_not():
    # Lin (2004): "police killed the gunman" as reference, LCS 3 of 4 and 2 of 4 tokens.
    reference = ["police killed every gunman"]
    assert rouge_l("police kill every gunman", reference) == pytest.approx(3 / 4)
    assert rouge_l("every gunman kill police", reference) == pytest.approx(2 / 4)
    assert token_f1("every gunman kill police", reference) == pytest.approx(3 / 4)


def test_rouge_l_sees_chinese():
    assert rouge_l("今天天气很好", ["今天天气很好"]) == 1.0
    assert rouge_l("天气今天", ["今天天气"]) == pytest.approx(0.5)
    assert rouge_l("", ["今天"]) == 0.0


@given(st.text("abc", max_size=12), st.text("abc", max_size=12))
def test_longest_common_subsequence_equals_its_recursive_definition(first, second):
    def lcs(a, b):
        table = {}
        for i in range(len(a) + 1):
            for j in range(len(b) + 1):
                if i == 0 or j == 0:
                    table[i, j] = 0
                elif a[i - 1] == b[j - 1]:
                    table[i, j] = table[i - 1, j - 1] + 1
                else:
                    table[i, j] = max(table[i - 1, j], table[i, j - 1])
        return table[len(a), len(b)]

    assert longest_common_subsequence(first, second) == lcs(first, second)


@given(st.text(st.characters(max_codepoint=127)))
def test_on_ascii_the_mixed_tokenizer_is_squads(text):
    assert mixed_tokens(text) == squad_tokens(text)
