"""Questions made from documents: those that read well, those that are not made, and that each is asked to make sure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from embeddings import HashingEncoder
from qa.library import Library
from qa.settings import Settings
from qa.suggestions import MARGIN, Candidate, candidates, is_proven, proven
from qa.types import Answer, Block, Citation, Document, ReadingReport, Source
from tests.helpers import write

SAMPLES = Path(__file__).parents[2] / "qa" / "samples" / "docs"


def make_document(*blocks: tuple[str, str], language: str | None = "en") -> Document:
    text, made = "", []
    for kind, words in blocks:
        text += "\n\n" if text else ""
        made.append(Block(kind, len(text), len(text) + len(words), 1 if kind == "heading" else 0))  # type: ignore[arg-type]
        text += words
    return Document("ab" * 16, text, tuple(made), ReadingReport("test/1"), language=language)


def asked(sentence: str, title: str = "") -> dict[str, str]:
    """The questions made of one paragraph, each with the words that should answer."""
    document = make_document(("paragraph", sentence))
    return {made.question: document.text[slice(*made.answer)] for made in candidates(document, title)}


@pytest.mark.parametrize(
    ("sentence", "question", "answer"),
    [
        ("The bridge of Mostar was opened in 1566.", "When was the bridge of Mostar opened?", "in 1566"),
        (
            "In March 2016, the city of Palmyra was recaptured by the Syrian Army after a long siege.",
            "When was the city of Palmyra recaptured by the Syrian Army?",
            "In March 2016",
        ),
        ("In May 1977, Hafez al-Assad visited Moscow, and left.", "When did Hafez al-Assad visit Moscow?", "May 1977"),
        ("Anna Meyer left Rome on 3 May 1901 with a trunk.", "When did Anna Meyer leave Rome?", "3 May 1901"),
        ("Ada Berg, an engineer in Oslo, patented a steam lock in 1884.", "Who patented a steam lock?", "Ada Berg"),
        ("The Eiffel Tower is 330 metres tall.", "How tall is the Eiffel Tower?", "330 metres"),
        ("The planet Saturn has 146 moons.", "How many moons does the planet Saturn have?", "146"),
        (
            "The Danube delta has been a World Heritage site since 1991.",
            "Since when has the Danube delta been a World Heritage site?",
            "1991",
        ),
    ],
)  # fmt: skip
def test_a_plain_sentence_becomes_a_question_with_its_answer(sentence: str, question: str, answer: str) -> None:
    assert asked(sentence).get(question) == answer


@pytest.mark.parametrize(
    "sentence",
    [
        "It was opened in 1566.",
        "The canal was completed in 1992.",
        "The third of these was built in 1901.",
        "Her father left Rome in 1901.",
        "In 1901 the company opened its first office.",
        "Where the Danube widens, the old bridge was built in 1901.",
        "A year is a leap year when it can be divided by 4.",
        "The law was passed in 1901 and 1902.",
        "<b>Rome</b> was built in 1901.",
        "Die Brücke von Mostar wurde 1566 eröffnet.",
    ],
)
def test_no_question_is_made_that_needs_the_sentences_around_it(sentence: str) -> None:
    assert asked(sentence) == {}


def test_the_title_makes_plain_what_the_is() -> None:
    sentence = "The tower has three levels for visitors."
    assert asked(sentence) == {}
    assert asked(sentence, "The Tower") == {"How many levels does the tower have?": "three"}


def test_a_definition_is_asked_for_under_its_own_heading_only() -> None:
    words = ("paragraph", "A peaberry is a round bean that grows alone. Other beans grow in pairs.")
    under = make_document(("heading", "The peaberry"), words)
    assert [made.question for made in candidates(under)] == ["What is a peaberry?"]
    assert candidates(make_document(("heading", "Beans"), words)) == []
    doing = ("paragraph", "Roasting a peaberry is a bit harder than it looks.")
    assert candidates(make_document(("heading", "Roasting a peaberry"), doing)) == []


def test_cells_are_asked_for_by_key_and_header() -> None:
    rows = [
        "Planet: Mars; Mass (10^24 kg): 0.642; Year (days): 687; Discovered by: nobody; First seen: yes",
        "Planet: 4 Vesta; Mass (10^24 kg): 0.0003",
        "Planet: Ceres; Discovered by: Giuseppe Piazzi; Discovered in: 1801; Launch: 27 September 2007",
    ]
    document = make_document(*(("table_row", row) for row in rows), language=None)
    assert {made.question: document.text[slice(*made.answer)] for made in candidates(document)} == {
        "What is the mass of Mars?": "0.642",
        "Who discovered Ceres?": "Giuseppe Piazzi",
        "When was Ceres discovered?": "1801",
        "When was the launch of Ceres?": "27 September 2007",
    }


def test_documents_in_other_languages_give_none() -> None:
    assert candidates(make_document(("table_row", "Planet: Mars; Mass: 0.642"), language="de")) == []


def make_answer(start: int, end: int, *, confidence: float = 0.9, spans: tuple[tuple[int, int], ...] = ()) -> Answer:
    citation = Citation(1, Source(1, "/a.md", "A", "ab" * 16), "ab" * 16, start, end, "x" * (end - start), spans=spans)
    return Answer("q", "answered", confidence, citations=(citation,))


CANDIDATE = Candidate("Who?", "ab" * 16, (10, 15), 0)


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (make_answer(0, 40), True),
        (make_answer(0, 40, spans=((12, 20),)), True),
        (make_answer(0, 40, spans=((20, 30), (10, 15))), False),
        (make_answer(11, 40), False),
        (make_answer(0, 40, confidence=0.4 + MARGIN - 0.01), False),
        (replace(make_answer(0, 40), status="not_found"), False),
        (replace(make_answer(0, 40), citations=()), False),
    ],
)
def test_only_the_quote_it_was_made_from_proves_a_question(answer: Answer, kept: bool) -> None:
    """With its exact words first, and a confidence well above the threshold."""
    assert is_proven(CANDIDATE, answer, 0.4) is kept


def test_another_document_proves_nothing() -> None:
    assert not is_proven(replace(CANDIDATE, document_id="cd" * 16), make_answer(0, 40), 0.4)


def test_different_documents_come_first_and_asking_ends() -> None:
    groups = [[replace(CANDIDATE, question=f"{letter}{number}") for number in range(20)] for letter in "ab"]
    order: list[str] = []

    def ask(question: str) -> Answer:
        order.append(question)
        return make_answer(0, 40, confidence=0.1 if question in ("b0", "a1") else 0.9)

    assert list(proven(groups, ask, 0.4)) == ["a0", "b1", "a2"]
    assert order == ["a0", "b0", "b1", "a1", "a2"]
    assert list(proven([[], []], ask, 0.4)) == []
    order.clear()
    assert list(proven(groups, ask, 0.8, most=5)) == []
    assert len(order) == 5


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The shipped samples, answered by sentences."""
    folder = tmp_path_factory.mktemp("samples")
    with Library.open(folder, settings=Settings(library=folder), encoder=HashingEncoder()) as library:
        library.add(SAMPLES)
        yield library


def test_the_samples_give_questions_that_read_well(samples: Library) -> None:
    """Three of many, as a person would ask them; each with the words that answer."""
    made = {}
    for source in samples.sources():
        document = samples.document(source.document_id)
        made |= {c.question: document.text[slice(*c.answer)] for c in candidates(document, source.title)}
    assert made["Who registered the paper filter?"] == "Melitta Bentz"
    assert made["When did NASA lose the Mars Climate Orbiter?"] == "23 September 1999"
    assert made["When was the launch of Apollo 8?"] == "21 December 1968"
    assert not [question for question in made if " it " in question or "  " in question or not question.endswith("?")]


def test_proven_questions_are_answered_with_their_quote(samples: Library) -> None:
    """By the library itself; of at least two documents where the first candidates of several are proven."""
    groups = [candidates(samples.document(source.document_id), source.title) for source in samples.sources()]
    by_question = {candidate.question: candidate for group in groups for candidate in group}
    found = list(proven(groups, samples.ask, 0.0, most=8))
    assert found
    for question in found:
        assert is_proven(by_question[question], samples.ask(question), 0.0)
    assert len({by_question[question].document_id for question in found}) == len(found)


def test_hostile_documents_make_no_questions_of_their_marks(library: Library, tmp_path: Path) -> None:
    text = "# ${x}\n\nThe <img src=x> of {{7*7}} was opened in 1901. [Rome](javascript:x) was built in 1902."
    library.add(write(tmp_path / "documents", {"bad.md": text}))
    document = library.document(library.sources()[0].document_id)
    assert not [made for made in candidates(document) if set("<>{}[]()$`\\") & set(made.question)]
