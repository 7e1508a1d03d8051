"""Each cell of the table of formats and structures in docs/formats.md is true: the structure is kept as data."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from qa.answering.citations import cite, location
from qa.loaders.load import load
from qa.types import Block, Document, Source
from tests.qa.loaders import structure_samples as samples

ROOT = Path(__file__).parents[3]
FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "Markdown": ("a.md", samples.MARKDOWN.encode),
    "Text": ("a.txt", samples.FAQ.encode),
    "HTML": ("a.html", samples.HTML.encode),
    "Saved page": ("a.mhtml", samples.MHTML.encode),
    "CSV": ("a.csv", samples.CSV.encode),
    "Chat log": ("a.txt", samples.CHAT.encode),
    "Chat export": ("a.json", samples.SLACK.encode),
    "Email": ("a.eml", samples.MAIL.encode),
    "Subtitles": ("a.vtt", samples.SUBTITLES.encode),
    "PDF": ("a.pdf", samples.pdf),
    "Word": ("a.docx", samples.word),
    "Excel": ("a.xlsx", samples.workbook),
    "PowerPoint": ("a.pptx", samples.slides),
    "OpenDocument": ("a.odt", samples.opendocument),
}
Kept = Callable[[Document], list[str]]


@cache
def read(file_format: str) -> Document:
    name, make = FILES[file_format]
    return load(make(), name)


def text(document: Document, block: Block) -> str:
    return document.text[block.start : block.end]


def headings(document: Document) -> list[str]:
    return [f"{block.level} {text(document, block)}" for block in document.blocks if block.kind == "heading"]


def numbers(document: Document) -> list[str]:
    return [block.number for block in document.blocks if block.number and block.kind != "note"]


def lists(document: Document) -> list[str]:
    """The level of each item of the first list."""
    items = [block for block in document.blocks if block.kind == "list_item" and block.group is not None]
    return [f"{block.level} {text(document, block)}" for block in items if block.group == items[0].group]


def tables(document: Document) -> list[str]:
    """The cells of the first row: number of the row, then header, column and words."""
    row = next(block for block in document.blocks if block.kind == "table_row")
    return [str(row.row)] + [f"{c.header}/{c.column}={document.text[c.start : c.end]}" for c in row.cells]


def notes(document: Document) -> list[str]:
    return [text(document, block) for block in document.blocks if block.kind == "note"]


def questions(document: Document) -> list[str]:
    """The first question and its first answer."""
    index = next(index for index, block in enumerate(document.blocks) if block.kind == "question")
    answer = next(block for block in document.blocks if block.answers == index)
    return [text(document, document.blocks[index]), text(document, answer)]


def turns(document: Document) -> list[str]:
    """The first turn that answers another, and that other."""
    turn = next(block for block in document.blocks if block.speaker and block.answers is not None)
    other = document.blocks[turn.answers or 0]
    return [f"{block.speaker} {block.time} {text(document, block)}" for block in (turn, other)]


def place(document: Document) -> list[str]:
    """Where the last searched block is."""
    block = [block for block in document.blocks if block.indexed][-1]
    return [location(cite(1, Source(1, "/a", "A", document.id), document, block.start, block.end))]


def ticks(document: Document) -> list[str]:
    return [text(document, block) for block in document.blocks if set("☒☐") & set(text(document, block))]


def left_out(document: Document) -> list[str]:
    """The codes of the report's notes."""
    return [note.code for note in document.report.notes]


COLUMNS: dict[str, Kept] = {
    "Headings": headings,
    "Numbers": numbers,
    "Lists": lists,
    "Tables": tables,
    "Notes": notes,
    "Questions": questions,
    "Turns": turns,
    "Place": place,
    "Ticks": ticks,
    "Left out": left_out,
}
PRICES = ["3", "Part/1=PX-100", "Price › 1 pc/2=389", "Price › 100 pcs/3=350"]
LABELLED = ["Q: How long does delivery take?", "A: Three days."]
DELIVERY = ["How long does delivery take?", "Three days."]
ITEMS = ["1 1. Open the valve.", "1 2. Start the pump."]
PAGE = {
    "Headings": ["1 Handbook", "2 Pumps"],
    "Numbers": ["3.", "4."],
    "Lists": ["1 3. Open the valve.", "2 slowly", "1 4. Start the pump."],
    "Tables": PRICES,
    "Notes": ["1. Measured in 2022."],
    "Questions": DELIVERY,
    "Ticks": ["☒ tested"],
}
EXPECTED: dict[str, dict[str, list[str]]] = {
    "Markdown": {
        "Headings": ["1 Handbook", "2 Pumps"],
        "Numbers": ["1.", "2."],
        "Lists": ["1 1. Open the valve.", "2 slowly", "1 2. Start the pump."],
        "Tables": ["2", "Part/1=PX-100", "Price/2=389"],
        "Notes": ["1. Measured in 2022."],
        "Questions": DELIVERY,
        "Place": ["Handbook › Pumps, line 22"],
        "Ticks": ["☒ tested", "☐ delivered"],
        "Left out": ["comments_not_read"],
    },
    "Text": {"Questions": LABELLED, "Place": ["line 5"]},
    "HTML": PAGE,
    "Saved page": PAGE,
    "CSV": {
        "Tables": ["4", "Part/1=PX-100", "Price › EUR/2=389", "Weight › kg/3=12"],
        "Notes": ["prices of May"],
        "Place": ["line 4"],
    },
    "Chat log": {
        "Turns": ["Tom 10:03 Tom: Hold the button for ten seconds.", "Mia 10:02 Mia: Hi, how do I reset the router?"],
        "Place": ["Tom, 10:05"],
    },
    "Chat export": {
        "Turns": ["tom 2024-03-04 10:03 tom: Hold the button.", "mia 2024-03-04 10:02 mia: How do I reset the router?"],
        "Place": ["mia, 2024-03-04 10:04"],
    },
    "Email": {
        "Headings": ["1 Router"],
        "Turns": [
            "Tom 2026-03-04 10:03 Hold the button for ten seconds.",
            "Mia Wed, 4 Mar 2026 at 10:02 How do I reset the router?",
        ],
        "Place": ["Router, Mia, Wed, 4 Mar 2026 at 10:02"],
    },
    "Subtitles": {
        "Turns": ["Tom 00:00:06 Tom: Nine hundred litres.", "Mia 00:00:01 Mia: How much does the tank hold?"],
        "Place": ["Tom, 00:00:06"],
    },
    "PDF": {
        "Headings": ["1 2 Pumps"],
        "Numbers": ["2", "1.", "2."],
        "Lists": ITEMS,
        "Tables": ["2", "Part/1=Ball valve", "Qty/2=25", "Price/3=8.10"],
        "Notes": ["Mia: Ask for the new price."],
        "Place": ["2 Pumps, page 1"],
        "Ticks": ["insured: ☒"],
    },
    "Word": {
        "Headings": ["1 Handbook"],
        "Numbers": ["1.", "2."],
        "Lists": ITEMS,
        "Tables": PRICES,
        "Notes": ["1 Measured in 2022."],
        "Questions": LABELLED,
        "Ticks": ["☒ tested"],
        "Left out": ["headers_not_searched"],
    },
    "Excel": {
        "Headings": ["2 Pumps"],
        "Tables": ["4", "Part/1=PX-100", "Price › 1 pc/2=389.00 EUR", "Price › Discount/3=4.95%"],
        "Notes": ["A4: Ask for the new price."],
        "Place": ["sheet Pumps, row 4"],
        "Left out": ["hidden_not_read"],
    },
    "PowerPoint": {
        "Headings": ["2 Handbook"],
        "Numbers": ["1.", "2."],
        "Lists": ITEMS,
        "Tables": ["2", "Part/1=PX-100", "Price/2=389"],
        "Notes": ["Say it slowly."],
    },
    "OpenDocument": {
        "Headings": ["1 Handbook"],
        "Lists": ["1 Open the valve."],
        "Tables": ["2", "Part/1=PX-100", "Price/2=389", "Weight/3=12"],
        "Questions": LABELLED,
    },
}
CELLS = [(row, column) for row, cells in EXPECTED.items() for column in cells]


@pytest.mark.parametrize(("file_format", "structure"), CELLS)
def test_a_format_keeps_its_structure(file_format: str, structure: str) -> None:
    assert COLUMNS[structure](read(file_format)) == EXPECTED[file_format][structure]


def test_the_table_of_the_documentation_is_that_of_the_tests() -> None:
    lines = (ROOT / "docs" / "formats.md").read_text("utf-8").split("\n")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    assert ["Format", *COLUMNS] in rows
    body = {row[0]: row[1:] for row in rows if row[0] in EXPECTED}
    kept = {
        name: [column for column, cell in zip(COLUMNS, cells, strict=True) if cell == "✓"]
        for name, cells in body.items()
    }
    assert kept == {name: [column for column in COLUMNS if column in cells] for name, cells in EXPECTED.items()}
