"""What counts as the same words: slices worked out by hand."""

from __future__ import annotations

import pytest

from qa.text.matching import find, find_all, fold, whole_words


def _found(words: str, text: str) -> str | None:
    place = find(words, fold(text, 0, len(text)))
    return None if place is None else text[place[0] : place[1]]


@pytest.mark.parametrize(
    ("words", "text", "slice_"),
    [
        ("fox jumped", "The fox\njumped over", "fox\njumped"),
        ("international law", "the inter-\nnational law", "inter-\nnational law"),
        ("a “big” deal", "it is a ‘big’ deal now", "a ‘big’ deal"),
        ("office", "the oﬃce is", "oﬃce"),
        ("café", "a cafe\u0301 there", "cafe\u0301"),
        ("cafe\u0301", "a café there", "café"),
        ("10-20", "some 10–20 kg", "10–20"),
        ("word — word", "a word—word b", "word—word"),
        ("don't know", "I don’t know", "don’t know"),
        ("日本", "私は日本人", "日本"),
        ("한국", "한국 음식".replace("한", "\u1112\u1161\u11ab"), "\u1112\u1161\u11ab국"),
        ("Newton", "by Newton's law", "Newton"),
        ("2015", "in 2010–2015", "2015"),
        ("soft hyphen", "a soft hy\u00adphen", "soft hy\u00adphen"),
    ],
)
def test_white_space_marks_and_forms_may_differ(words: str, text: str, slice_: str) -> None:
    assert _found(words, text) == slice_


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("The fox", "the fox"),
        ("the foxes", "the fox"),
        ("fox over", "fox jumped over"),
        ("art", "a party"),
        ("5 million", "1.5 million"),
        ("1.5", "1.55"),
        ("1,000", "1,000,000"),
        ("102", "10² metres"),
        ("3.5", "in 3. 5 people"),
        ("fi", "oﬁ x"),
        ("toxic", "non-toxic"),
        ("don", "I don’t know"),
        ("", "anything"),
        ("...", "anything ..."),
    ],
)
def test_words_and_their_case_may_not(words: str, text: str) -> None:
    assert _found(words, text) is None


def test_signs_at_the_end_that_the_text_has_not_are_left_out() -> None:
    assert _found("in 1972,", "born in 1972 there") == "in 1972"
    assert _found("Why not?", "He said: Why not? Then") == "Why not?"


@pytest.mark.parametrize(
    ("part", "text", "whole"),
    [
        ("978", "it was 3,978 m", "3,978"),
        ("3", "it was 3,978 m", "3,978"),
        ("5 million", "the 1.5 million", "1.5 million"),
        ("30", "at 10:30 h", "10:30"),
        ("son", "Mr Johnson said", "Johnson"),
        ("Johns", "Johnson's law", "Johnson"),
        ("known", "a well-known man", "well-known"),
        ("don", "I don't go", "don't"),
        ("1945", "in 1939–1945", "1945"),
        ("1990", "in 1990.", "1990"),
        ("本", "日本人です", "本"),
        ("all", "all", "all"),
    ],
)
def test_a_part_of_a_word_or_number_is_widened_to_the_whole(part: str, text: str, whole: str) -> None:
    at = text.index(part)
    start, end = whole_words(text, at, at + len(part))
    assert text[start:end] == whole


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        ("don't  PANIC", "He said: Don’t\npanic!", "Don’t\npanic"),
        ('the "end"', "This is the “End” of it", "the “End”"),
        ("330", "1330 and 330 steps", "330"),
        ("光荣", "由光荣和开发", "光荣"),
        ("C++ (2nd ed.)", "the book C++ (2nd ed.) of 1991", "C++ (2nd ed.)"),
        ("STRASSE 1", "in der Strasse 1, İstanbul", "Strasse 1"),
    ],
)
def test_words_are_found_whatever_their_case_white_space_and_quotation_marks(
    words: str, text: str, expected: str
) -> None:
    ((start, end),) = find_all(words, text, ignore_case=True)
    assert text[start:end] == expected


def test_all_occurrences_are_found_in_text_order_or_the_nearest_first() -> None:
    text = "The Tower is tall. A tower, the tower, towers, and the tower."
    assert list(find_all("the tower", text)) == [(28, 37), (51, 60)]
    assert list(find_all("the tower", text, ignore_case=True)) == [(0, 9), (28, 37), (51, 60)]
    assert list(find_all("the tower", text, near=50)) == [(51, 60), (28, 37)]
    assert list(find_all("?!", text)) == []


def test_words_that_repeat_a_word_are_found_once() -> None:
    assert list(find_all("tower to tower", "from tower to tower to town")) == [(5, 19)]
