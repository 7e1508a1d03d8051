"""A citation says where its quote is: page, sheet and row, speaker and time, or line."""

from __future__ import annotations

import pytest

from qa.answering.citations import cite, location
from qa.loaders.base import LoadedText, TextBuilder
from qa.types import Document, ReadingReport, Source


def document_of(loaded: LoadedText) -> Document:
    return Document("d" * 32, loaded.text, loaded.blocks, ReadingReport("test/1"), source_map=loaded.source_map)


def where(document: Document, words: str, last: str = "") -> str:
    start = document.text.index(words)
    end = document.text.index(last or words, start) + len(last or words)
    return location(cite(1, Source(1, "/docs/stock.xlsx", "Stock", document.id), document, start, end))


@pytest.fixture
def stock() -> Document:
    builder = TextBuilder()
    builder.block("heading", "Stock", level=1)
    builder.block("heading", "Pumps", level=2)
    table = builder.new_group()
    for number, (name, count) in enumerate([("PX-100", "3"), ("PX-200", "8")], 8):
        builder.row(("Part", "In stock"), (name, count), group=table, sheet="Pumps", row=number)
    builder.block("paragraph", "Counted in May.", lines=(20,))
    return document_of(builder.build())


@pytest.mark.parametrize(
    ("words", "last", "expected"),
    [
        ("PX-200", "", "sheet Pumps, row 9"),
        ("Part: PX-100; In stock: 3", "", "sheet Pumps, row 8"),
        ("PX-100", "In stock: 8", "sheet Pumps, rows 8–9"),
        ("Counted in May.", "", "Pumps, line 20"),
    ],
)
def test_a_row_of_a_spreadsheet_is_located_by_sheet_and_row(
    stock: Document, words: str, last: str, expected: str
) -> None:
    assert where(stock, words, last) == expected


def test_the_citation_carries_sheet_and_row_as_data(stock: Document) -> None:
    start = stock.text.index("PX-200")
    citation = cite(1, Source(1, "/docs/stock.xlsx", "Stock", stock.id), stock, start, start + 6)
    assert (citation.sheet, citation.row, citation.row_end) == ("Pumps", 9, 9)
    assert (citation.speaker, citation.time) == (None, None)


def test_a_turn_is_located_by_its_speaker_and_time() -> None:
    builder = TextBuilder()
    builder.block("paragraph", "How do I reset it?", speaker="Mia", time="10:02", lines=(1,))
    builder.block("paragraph", "Hold the button.", speaker="Tom", time="10:03", answers=0, lines=(2,))
    chat = document_of(builder.build())
    assert where(chat, "Hold the button.") == "Tom, 10:03"
    assert where(chat, "reset it?", "button.") == "Mia, Tom, 10:02"


def test_a_table_outside_a_spreadsheet_keeps_its_line() -> None:
    builder = TextBuilder()
    builder.row(("Part",), ("PX-100",), group=builder.new_group(), row=2, lines=(4,))
    assert where(document_of(builder.build()), "PX-100") == "line 4"
