"""The seed document with the default models: facts are quoted first and in short, what it does not say is not found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from qa import Library, Settings
from tests.helpers import DATA, assert_quotes_are_slices, needs_data, needs_model

SEED = "seed/russian_involvement_in_syria.md"

pytestmark = [
    pytest.mark.corpus,
    needs_data(SEED),
    needs_model,
    pytest.mark.filterwarnings("ignore"),  # of transformers, to its own authors
]

FACTS = [
    ("When was the rebel Free Syrian Army created?", "29 July 2011"),
    ("How much money did Syria receive from the Soviet Union between 1955 and 1958?", "$294 million"),
    ("When did Syria and the Soviet Union sign the Treaty of Friendship and Cooperation?", "October 1980"),
    ("Where is Russia's only naval facility in the Mediterranean?", "Tartus"),
    pytest.param(
        *("How many Russian soldiers have been killed according to the BBC?", "175 deaths"),
        marks=pytest.mark.xfail(strict=True, reason="the reader takes the 112 of the Russian officials"),
    ),
    ("In which year was the Soviet Union allowed to open its naval base in Tartus?", "1971"),
    ("Who is the Russian ambassador to the United Nations?", "Churkin"),
    ("When was Russia's seat at the UN Human Rights Council taken away?", "October 2016"),
    ("Which newspaper published an op-ed by Vladimir Putin in September 2013?", "The New York Times"),
]
NOT_THERE = [
    "What is the population of Damascus?",
    "When did Russia join the World Trade Organization?",
    "Who won the football world cup in Russia?",
    "How many refugees from Syria live in Germany?",
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.open(tmp_path_factory.mktemp("seed"), settings=Settings(reader="default")) as opened:
        assert opened.add(DATA / SEED).count("added") == 1
        yield opened


@pytest.mark.parametrize(("question", "expected"), FACTS)
def test_a_fact_is_quoted_first(library: Library, question: str, expected: str) -> None:
    answer = library.ask(question)
    assert_quotes_are_slices(library, answer)
    assert answer.status == "answered", answer.confidence
    assert expected in answer.citations[0].quote, (answer.confidence, [c.quote for c in answer.citations])
    assert answer.short is not None and (expected in answer.short or answer.short in expected), answer.short


@pytest.mark.parametrize("question", NOT_THERE)
def test_what_it_does_not_say_is_not_found(library: Library, question: str) -> None:
    answer = library.ask(question)
    assert answer.status == "not_found", (answer.confidence, [c.quote for c in answer.citations])
    assert answer.hits
