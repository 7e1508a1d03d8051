"""The welcome's questions: made from headings and tables, at most one a document, and always the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.library import Library
from qa.types import Block, Cell, Document, ReadingReport
from qa.web.suggestions import SHOWN, Suggestions, question
from tests.helpers import write


def handbook(*headings: str, text: str = "", language: str | None = "en") -> Document:
    """A document of these headings, each above the same text."""
    blocks, whole = [], ""
    for heading in headings:
        blocks.append(Block("heading", len(whole), len(whole) + len(heading), 2))
        whole += f"{heading}\n\n"
        blocks.append(Block("paragraph", len(whole), len(whole) + len(text)))
        whole += f"{text}\n\n"
    return Document("a" * 32, whole, tuple(blocks), ReadingReport("test/1"), language=language)


@pytest.mark.parametrize(
    ("heading", "text", "asked"),
    [
        ("Warranty claims", "Write to us.", "What does “Handbook” say about warranty claims?"),
        ("2.1 Warranty claims", "Write to us.", "What does “Handbook” say about warranty claims?"),
        ("Paris in spring", "We met in Paris.", "What does “Handbook” say about Paris in spring?"),
        ("USB ports", "It has two.", "What does “Handbook” say about USB ports?"),
        ("How do I return it?", "Send it.", "How do I return it?"),
        ("Handbook", "", ""),
        ("Introduction", "", ""),
        ("A heading that is so long that nobody would want to read it on a button", "", ""),
    ],
)
def test_a_heading_makes_a_question(heading: str, text: str, asked: str) -> None:
    assert question(handbook(heading, text=text), "Handbook") == asked


def test_the_first_heading_that_says_something_is_used() -> None:
    found = question(handbook("Handbook", "Contents", "Returns", "Warranty"), "Handbook")
    assert found == "What does “Handbook” say about returns?"


def test_the_header_of_a_table_makes_a_question() -> None:
    text = "Planet: Mars; Mass: 6.4"
    row = Block("table_row", 0, len(text), cells=(Cell(8, 12, "Planet"), Cell(20, 23, "Mass")))
    document = Document("a" * 32, text, (row,), ReadingReport("test/1"))
    assert question(document, "planets.csv") == "What is the mass of Mars?"


def test_no_english_question_is_made_of_another_language() -> None:
    assert question(handbook("Garantie", language="de"), "Handbuch") == ""


def test_at_most_three_each_from_another_document(library: Library, tmp_path: Path) -> None:
    library.add(write(tmp_path / "more", {f"{n}.md": f"# Part {n}\n\n## Oils\n\nYes.\n\n## Fats\n" for n in range(5)}))
    found = Suggestions(library).questions()
    assert found == Suggestions(library).questions()
    assert len(found) == SHOWN
    assert found[0] == "What does “The Tower” say about visitors?"
    assert found[1] == "What does “Part 0” say about oils?"


def test_nothing_is_asked_about_a_document_that_is_gone(library: Library) -> None:
    suggestions = Suggestions(library)
    assert suggestions.questions()
    library.remove("tower.md")
    assert suggestions.questions() == []


def test_given_questions_are_shown_as_they_are(library: Library) -> None:
    assert Suggestions(library, ("How tall is it?",)).questions() == ["How tall is it?"]
