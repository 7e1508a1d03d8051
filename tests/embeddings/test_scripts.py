"""Scripts without spaces between words."""

from __future__ import annotations

import pytest

from embeddings import index_terms, is_set_solid, is_unspaced, replace_surrogates


@pytest.mark.parametrize("letter", "กລမខあアㇰｱ漢㐀𠮷豈")
def test_thai_lao_burmese_khmer_kana_and_han_have_no_spaces(letter: str) -> None:
    assert is_unspaced(letter) and is_set_solid(letter)


@pytest.mark.parametrize("char", ["a", "é", "д", "ש", "ع", "ह", "1", " ", "-", "한", "\ud800"])
def test_the_other_scripts_have_them_korean_too(char: str) -> None:
    assert not is_unspaced(char) and not is_set_solid(char)


@pytest.mark.parametrize("char", "、。「」！，Ａ１")
def test_no_space_is_typed_next_to_wide_punctuation_and_letters_either(char: str) -> None:
    assert is_set_solid(char) and not is_unspaced(char)


def test_korean_is_indexed_by_pairs_all_the_same() -> None:
    assert index_terms("서울은", None) == ["서", "울", "은", "서울", "울은"]


@pytest.mark.parametrize(
    ("text", "whole"), [("a\ud800b\udfff", "a\ufffdb\ufffd"), ("plain", "plain"), ("é 😀 東", "é 😀 東"), ("", "")]
)
def test_half_a_character_is_replaced_and_nothing_else(text: str, whole: str) -> None:
    assert replace_surrogates(text) == whole and len(whole) == len(text)
