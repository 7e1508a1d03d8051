"""OpenDocument spreadsheets as the program shows them."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from qa.errors import FileEncrypted, FileTooHeavy, FileUnreadable
from qa.loaders.base import LoadedText, TextBuilder
from qa.loaders.finish import find_fault
from qa.loaders.office import ods
from tests.qa.loaders.office.office_factory import odf


def read(body: str, styles: str = "", **extra: str) -> LoadedText:
    loaded = ods.load(
        odf("spreadsheet", body, styles, {f"{key}.xml": value for key, value in extra.items()}), "test.ods"
    )
    assert find_fault(loaded) is None
    return loaded


def lines(loaded: LoadedText) -> list[str]:
    return [f"{b.row or ''}: {loaded.text[b.start : b.end]}" for b in loaded.blocks if b.kind != "heading"]


def sheet(text: str, before: str = "", after: str = "", properties: str = "") -> str:
    """Lines of cells between ``|``; ``{rows=2 …}`` at a line's start and ``{columns=2 …}`` at a cell's are attributes:
    ``rows``, ``columns`` how often it is repeated, ``wide``, ``deep`` what it spans, ``hidden``."""
    inner = ""
    for line in text.strip("\n").split("\n"):
        is_row = line.strip().startswith(("{rows", "{hidden"))
        marks, words = marked(line.strip()) if is_row else ("", line)
        cells = "".join(cell(*marked(part.strip())) for part in words.split("|"))
        inner += f"<table:table-row{marks}>{cells}</table:table-row>"
    return f'<table:table table:name="S" {properties}>{before}{inner}{after}</table:table>'


_MARKS = {
    "rows": "number-rows-repeated",
    "columns": "number-columns-repeated",
    "wide": "number-columns-spanned",
    "deep": "number-rows-spanned",
    "hidden": "visibility",
}


def marked(words: str) -> tuple[str, str]:
    if not words.startswith("{"):
        return "", words
    marks, _, rest = words[1:].partition("}")
    pairs = (mark.split("=") for mark in marks.split())
    return "".join(f' table:{_MARKS[name]}="{value}"' for name, value in pairs), rest.strip()


def cell(marks: str, words: str) -> str:
    if words == "^":
        return "<table:covered-table-cell/>"
    return f"<table:table-cell{marks}>{f'<text:p>{words}</text:p>' if words else ''}</table:table-cell>"


TABLES: Mapping[str, tuple[str, list[str]]] = {
    "numbers as shown": (
        "Loan|Rate|Fee \n Starter|4.95 %|12.50 EUR",
        ["2: Loan: Starter; Rate: 4.95 %; Fee: 12.50 EUR"],
    ),
    "a title over all columns": (
        "{wide=3}Rates|^|^ \n Loan|Rate|Fee \n Starter|4.95|12",
        ["1: Rates", "3: Loan: Starter; Rate: 4.95; Fee: 12"],
    ),
    "two header rows": (
        "{deep=2}Part|{wide=2}Price|^ \n ^|1 pc|100 pcs \n A-7|5.5|4.1",
        ["3: Part: A-7; Price › 1 pc: 5.5; Price › 100 pcs: 4.1"],
    ),
    "tables below each other": (
        "Region|Sales \n North|12 \n {rows=3} \n Region|Staff \n North|4",
        ["2: Region: North; Sales: 12", "7: Region: North; Staff: 4"],
    ),
    "tables beside each other": (
        "A|B|{columns=2}|C|D \n x|1|{columns=2}|y|2",
        ["2: A: x; B: 1", "2: C: y; D: 2"],
    ),
    "a row that is repeated": ("A|B \n {rows=2}x|1 \n y|2", ["2: A: x; B: 1", "3: A: x; B: 1", "4: A: y; B: 2"]),
    "a cell that is repeated": ("A|B|C \n x|{columns=2}1", ["2: A: x; B: 1; C: 1"]),
    "empty rows to the end": ("A|B \n x|1 \n {rows=1048574}{columns=16384}", ["2: A: x; B: 1"]),
    "a cell over rows": (
        "Class|Part|Price \n {deep=2}Pumps|A-7|5 \n ^|A-8|7",
        ["2: Class: Pumps; Part: A-7; Price: 5", "3: Class: Pumps; Part: A-8; Price: 7"],
    ),
    "hidden rows": ("A|B \n {hidden=collapse}secret|1 \n {hidden=filter}secret|2 \n x|3", ["4: A: x; B: 3"]),
    "blanks inside a text": ("A|B \n a<text:s text:c='2'/>b<text:tab/>c|1", ["2: A: a b c; B: 1"]),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_sheet_reads_as_its_tables(name: str) -> None:
    text, expected = TABLES[name]
    loaded = read(sheet(text))
    assert lines(loaded) == expected
    assert {block.sheet for block in loaded.blocks if block.kind == "table_row"} == {"S"}


def test_what_is_hidden_is_left_out_and_counted() -> None:
    styles = '<style:style style:name="H" style:family="table"><style:table-properties table:display="false"/>'
    columns = '<table:table-column/><table:table-column table:visibility="collapse"/><table:table-column/>'
    hidden = sheet("secret", properties='table:style-name="H"')
    loaded = read(
        sheet("A|secret|B \n x|secret|1 \n {hidden=filter}secret|2|3", columns) + hidden, styles + "</style:style>"
    )
    assert lines(loaded) == ["2: A: x; B: 1"]
    assert [note.message for note in loaded.notes] == ["hidden and not read: 1 sheet, 1 row, 1 column"]


def test_values_without_a_text_are_given_and_formulas_without_either_are_counted() -> None:
    cells = '<table:table-cell office:value-type="float" office:value="0.07000000000000001"/>'
    cells += '<table:table-cell office:value-type="float" table:formula="of:=1+1"/>'
    loaded = read(f'<table:table table:name="S"><table:table-row>{cells}</table:table-row></table:table>')
    assert lines(loaded) == ["1: 0.07"]
    assert [note.code for note in loaded.notes] == ["formulas_without_value"]


def test_notes_text_boxes_and_pictures() -> None:
    note = "<office:annotation><text:p>was 6</text:p></office:annotation><text:p>5.5</text:p>"
    row = f"<table:table-row><table:table-cell><text:p>x</text:p></table:table-cell><table:table-cell>{note}"
    words = "<text:p>Prices are <text:span>net</text:span>.</text:p>"
    shapes = f"<table:shapes><draw:frame><draw:text-box>{words}</draw:text-box></draw:frame>"
    shapes += "<draw:frame><draw:image/></draw:frame></table:shapes>"
    loaded = read(sheet("A|B", shapes, f"{row}</table:table-cell></table:table-row>"))
    assert lines(loaded) == ["2: A: x; B: 5.5", "2: B2: was 6", ": Prices are net."]
    assert [block.kind for block in loaded.blocks][2] == "note"
    assert [note.code for note in loaded.notes] == ["pictures_not_read"]


def test_the_file_says_who_wrote_it() -> None:
    spaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:meta="urn:oasis:names:tc:opendocument:xmlns:meta:1.0"'
    inner = (
        "<dc:title>Prices</dc:title><meta:initial-creator>Ann</meta:initial-creator><meta:keyword>a, b</meta:keyword>"
    )
    loaded = read(sheet("A|B \n x|1"), meta=f"<m {spaces}>{inner}<dc:date>2026-03-04T10:00:00</dc:date></m>")
    assert loaded.title == "Prices"
    assert loaded.metadata == {"author": "Ann", "tags": ("a", "b"), "modified": "2026-03-04"}


@pytest.mark.parametrize(
    "body",
    [
        '<table:table table:name="x"><table:table-row table:number-rows-repeated="1048576"><table:table-cell '
        'table:number-columns-repeated="16384"><text:p>word</text:p></table:table-cell></table:table-row></table:table>',
        sheet("{rows=1048576}" + "|".join(["x"] * 3000)),
    ],
)
def test_a_sheet_that_repeats_itself_beyond_the_limit_is_refused(body: str) -> None:
    start = time.process_time()
    with pytest.raises(FileTooHeavy, match="the limit"):
        read(body)
    assert time.process_time() - start < 5


def test_merged_cells_over_everything_cost_little() -> None:
    start = time.process_time()
    loaded = read(sheet("A|B \n x|1 \n" + "\n".join(["{wide=16384 deep=1048576}y|2"] * 500)))
    assert time.process_time() - start < 5
    assert len(lines(loaded)) == 501


def test_bad_files_are_refused_with_the_reason() -> None:
    with pytest.raises(FileUnreadable, match="damaged"):
        read("<table:table>", content="<a>")
    with pytest.raises(FileEncrypted, match="password"):
        manifest = {"META-INF/manifest.xml": "<manifest><encryption-data/></manifest>"}
        ods.load(odf("spreadsheet", "", extra=manifest), "test.ods")


def test_more_cells_than_the_limit_are_refused_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TextBuilder, "max_pieces", 1000)
    with pytest.raises(FileTooHeavy, match="1,000 paragraphs, lines and cells"):
        read(sheet("\n".join(["x|1"] * 600)))
