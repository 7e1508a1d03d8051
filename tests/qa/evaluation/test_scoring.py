"""Scores of one answer against values calculated by hand."""

from __future__ import annotations

import pytest

from qa.evaluation.scoring import Gold, contains_answer, exact_match, f1, normalise, prediction, shown_text
from qa.types import Answer, Citation, Document, Hit, HitDetail, Passage, ReadingReport, Source, Statement

SOURCE = Source(1, "/a.txt", "A title that is not shown", "d")


def hit(text: str) -> Hit:
    document = Document("d", text, (), ReadingReport("text/1"))
    return Hit(SOURCE, document, Passage(1, "d", 0, len(text), text), 1.0, HitDetail(1, 1, 1.0, 1.0, 1.0))


def cited(*quotes: str) -> tuple[Citation, ...]:
    return tuple(Citation(number, SOURCE, "d", 0, len(quote), quote) for number, quote in enumerate(quotes, 1))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The  Eiffel Tower,\n in Paris!", "eiffel tower in paris"),
        ("A man, an apple & the end.", "man apple end"),
        ("another theatre", "another theatre"),
        ("US$3.50", "us350"),
        ("“Quoted” – 7 °C", "“quoted” – 7 °c"),
        ("The", ""),
    ],
)
def test_texts_are_normalised_as_squad_does(text: str, expected: str) -> None:
    assert normalise(text) == expected


def test_exact_match_compares_normalised_texts() -> None:
    assert exact_match("The Treaty of Paris.", ["1898", "treaty of paris"]) == 1
    assert exact_match("Treaty of Paris, 1898", ["1898", "treaty of paris"]) == 0


def test_f1_counts_shared_words_and_uses_the_best_answer() -> None:
    """4 words, 3 of them among the answer's 3: P 3/4, R 1, F1 6/7."""
    assert f1("treaty of Paris 1898", ["Paris", "the Treaty of Paris"]) == pytest.approx(6 / 7)
    assert f1("a b b", ["b b b"]) == pytest.approx(4 / 5)  # "a" is an article; b twice shared of 2 and 3
    assert f1("nothing shared", ["Paris"]) == 0
    assert f1("the", ["a"]) == 1
    assert f1("the", ["Paris"]) == 0


@pytest.mark.parametrize(
    ("text", "answer", "expected"),
    [
        ("It opened on 31 March,\n1889, in Paris.", "March 1889", True),
        ("It has 1,330 steps.", "330", False),
        ("It has 1,330 steps.", "step", False),
        ("It costs $12.", "12", True),
        ("由光荣和ω-force开发的战国无双系列", "光荣和ω-force", True),
        ("由光荣和开发", "光荣", True),
        ("He plays in The The.", "The", True),
        ("Those there", "the", False),
        ("", "x", False),
    ],
)
def test_a_text_contains_an_answer_as_whole_words(text: str, answer: str, expected: bool) -> None:
    assert contains_answer(text, [answer]) is expected


def test_the_shown_text_is_the_answer_then_further_quotes_then_passages_without_titles_and_numbers() -> None:
    answer = Answer(
        "?",
        "answered",
        0.9,
        statements=(Statement("One.", (1,)), Statement("Two.", (2,))),
        citations=cited("One.", "Two.", "Three."),
        hits=(hit("First passage."), hit("Second passage.")),
    )
    assert answer.text == "One. [1] Two. [2]"
    assert shown_text(answer) == "One. Two.\nThree.\nFirst passage.\nSecond passage."


def test_struck_words_are_not_shown() -> None:
    statement = Statement("It is “seven leagues” high.", (), "struck", ((7, 20),))
    answer = Answer("?", "answered", 0.9, (statement,), writer="small")
    assert shown_text(answer) == "It is “[not in your documents]” high."


def test_not_found_shows_that_sentence_and_the_nearest_passages() -> None:
    answer = Answer("?", "not_found", 0.1, hits=(hit("First passage."),))
    assert shown_text(answer) == "Not found in your documents.\nFirst passage."


def test_exact_match_and_f1_use_the_short_answer_if_there_is_one() -> None:
    answer = Answer("?", "answered", 0.9, citations=cited("It was 1889.", "Then 1900."))
    assert prediction(answer) == "It was 1889."
    assert prediction(Answer("?", "answered", 0.9, citations=answer.citations, short="1889")) == "1889"


def test_with_labelled_spans_a_hit_contains_a_whole_one() -> None:
    gold = Gold(("1889",), frozenset("d"), (("d", 10, 14),))
    assert gold.is_hit("d", 10, 14, "anything")
    assert gold.is_hit("d", 0, 20, "anything")
    assert not gold.is_hit("d", 11, 20, "1889")
    assert not gold.is_hit("other", 0, 20, "1889")


def test_with_a_labelled_document_a_hit_is_in_it_and_contains_the_answer() -> None:
    gold = Gold(("1889",), frozenset("d"))
    assert gold.is_hit("d", 0, 9, "In 1889.")
    assert not gold.is_hit("d", 0, 9, "In 1888.")
    assert not gold.is_hit("other", 0, 9, "In 1889.")


def test_without_labels_a_hit_contains_the_answer() -> None:
    assert Gold(("1889",)).is_hit("any", 0, 9, "In 1889.")
    assert not Gold(()).is_hit("any", 0, 9, "In 1889.")
