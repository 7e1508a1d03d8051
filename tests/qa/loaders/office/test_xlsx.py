"""Workbooks as the program shows them: numbers, tables, merged cells, what is hidden, and bad files."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Mapping

import pytest

from qa.errors import FileError, FileTooHeavy, FileUnreadable
from qa.loaders.base import LoadedText, TextBuilder
from qa.loaders.finish import find_fault
from qa.loaders.load import load as load_any
from qa.loaders.office import xlsx
from qa.loaders.sniffing import sniff
from tests.qa.loaders.office import office_factory as office
from tests.qa.loaders.office.docx_factory import new, saved
from tests.qa.loaders.office.office_factory import grid

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def read(data: bytes) -> LoadedText:
    loaded = xlsx.load(data, "test.xlsx")
    assert find_fault(loaded) is None
    return loaded


def lines(loaded: LoadedText) -> list[str]:
    """``row: text`` of each block, headings left out; the row of a caption, paragraph or heading is empty."""
    return [
        f"{block.row or ''}: {loaded.text[block.start : block.end]}"
        for block in loaded.blocks
        if block.kind != "heading"
    ]


def sheet(text: str, **options: object) -> list[str]:
    return lines(read(office.xlsx({"S": grid(text, **options)})))  # type: ignore[arg-type]


# name → sheet, merged ranges, rows
TABLES: Mapping[str, tuple[str, str, list[str]]] = {
    "a header over rows": (
        "Part|Price \n A-7|5.5 \n A-8|7.25",
        "",
        ["2: Part: A-7; Price: 5.5", "3: Part: A-8; Price: 7.25"],
    ),
    "a title above the header": (
        "Prices \n Part|Price|Stock \n A-7|5.5|3",
        "",
        ["1: Prices", "3: Part: A-7; Price: 5.5; Stock: 3"],
    ),
    "a merged title above the header": (
        "Prices \n Part|Price|Stock \n A-7|5.5|3",
        "A1:C1",
        ["1: Prices", "3: Part: A-7; Price: 5.5; Stock: 3"],
    ),
    "two titles above the header": (
        "Prices \n as of May \n Part|Price|Stock \n A-7|5.5|3",
        "",
        ["1: Prices", "2: as of May", "4: Part: A-7; Price: 5.5; Stock: 3"],
    ),
    "two header rows": (
        "Part|Price||Stock| \n |1 pc|100 pcs|Leeds|Hull \n A-7|5.5|4.1|12|0",
        "A1:A2 B1:C1 D1:E1",
        ["3: Part: A-7; Price › 1 pc: 5.5; Price › 100 pcs: 4.1; Stock › Leeds: 12; Stock › Hull: 0"],
    ),
    "tables below each other": (
        "Region|Revenue \n North|120 \n \n Region|Staff \n North|14",
        "",
        ["2: Region: North; Revenue: 120", "5: Region: North; Staff: 14"],
    ),
    "tables beside each other": (
        "Region|Revenue||Product|Units \n North|120||Pump|7 \n South|95||Valve|9",
        "",
        [
            *("2: Region: North; Revenue: 120", "3: Region: South; Revenue: 95"),
            *("2: Product: Pump; Units: 7", "3: Product: Valve; Units: 9"),
        ],
    ),
    "tables beside each other, one longer": (
        "Region|Revenue||Product|Units \n North|120||Pump|7 \n South|95|| \n West|80||",
        "",
        [
            *("2: Region: North; Revenue: 120", "3: Region: South; Revenue: 95", "4: Region: West; Revenue: 80"),
            "2: Product: Pump; Units: 7",
        ],
    ),
    "tables beside each other with the same first column": (
        "Year|Sales||Year|Staff \n 2024|12||2024|3 \n 2025|13||2025|4",
        "",
        [
            *("2: Year: 2024; Sales: 12", "3: Year: 2025; Sales: 13"),
            *("2: Year: 2024; Staff: 3", "3: Year: 2025; Staff: 4"),
        ],
    ),
    "a table under one of two": (
        "A|B||C|D \n x|1||y|2 \n \n E|F \n z|3",
        "",
        ["2: A: x; B: 1", "2: C: y; D: 2", "5: E: z; F: 3"],
    ),
    "a blank column inside a table": (
        "Item||2024|2025 \n Wages||120|130 \n Rent||40|41",
        "",
        ["2: Item: Wages; 2024: 120; 2025: 130", "3: Item: Rent; 2024: 40; 2025: 41"],
    ),
    "a remark beside a table": (
        "Part|Price|| \n A-7|5.5||old \n A-8|7||new",
        "",
        ["2: Part: A-7; Price: 5.5; old", "3: Part: A-8; Price: 7; new"],
    ),
    "a cell merged over rows": (
        "Class|Part|Price \n Pumps|A-7|5.5 \n |A-8|7",
        "A2:A3",
        ["2: Class: Pumps; Part: A-7; Price: 5.5", "3: Class: Pumps; Part: A-8; Price: 7"],
    ),
    "a cell merged over a blank row": (
        "Class|Part|Price \n Pumps|A-7|5.5 \n || \n |A-8|7",
        "A2:A4",
        ["2: Class: Pumps; Part: A-7; Price: 5.5", "4: Class: Pumps; Part: A-8; Price: 7"],
    ),
    "a cell merged over columns": (
        "Day|Morning|Evening \n Mon|closed| \n Tue|9|17",
        "B2:C2",
        ["2: Day: Mon; Morning, Evening: closed", "3: Day: Tue; Morning: 9; Evening: 17"],
    ),
    "a heading merged over a blank column": (
        "Item|Plan||| \n |Q1|Q2||Sum \n Rent|4|4||8",
        "B1:E1",
        ["3: Item: Rent; Plan › Q1: 4; Plan › Q2: 4; Plan › Sum: 8"],
    ),
    "a list of one column": ("Gate code 4417 \n Ask at the desk", "", ["1: Gate code 4417", "2: Ask at the desk"]),
    "a table that begins further down and to the right": (
        "||| \n ||Part|Price \n ||A-7|5.5",
        "",
        ["3: Part: A-7; Price: 5.5"],
    ),
    "years as names of columns": (
        "Region|2005|2006 \n North|8|9",
        "",
        ["2: Region: North; 2005: 8; 2006: 9"],
    ),
    "labels and values without a header": (
        "Height|330 \n Built|1887",
        "",
        ["1: Height; 330", "2: Built; 1887"],
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_sheet_reads_as_its_tables(name: str) -> None:
    text, merged, expected = TABLES[name]
    assert sheet(text, merged=merged) == expected


def test_rows_name_their_sheet_and_tables_are_told_apart() -> None:
    loaded = read(office.xlsx({"Pumps": grid("A|B \n x|1 \n \n A|C \n x|2"), "Valves": grid("A|B \n y|3")}))
    rows = [(block.sheet, block.row, block.group) for block in loaded.blocks if block.kind == "table_row"]
    assert rows == [("Pumps", 2, 1), ("Pumps", 5, 2), ("Valves", 2, 3)]
    headings = [loaded.text[block.start : block.end] for block in loaded.blocks if block.kind == "heading"]
    assert headings == ["Pumps", "Valves"]


def test_numbers_are_in_their_formats() -> None:
    formats = ("0.00%", '#,##0.00 "EUR"', "dd.mm.yyyy", "[h]:mm", "# ?/?", '"No. "@')
    table = "Rate|Fee|Day|Time|Size|Id \n 0.0495 ~1|12.5 ~2|46085 ~3|1.5 ~4|0.75 ~5|x7 ~6"
    loaded = read(office.xlsx({"S": grid(table)}, formats=formats))
    assert lines(loaded) == ["2: Rate: 4.95%; Fee: 12.50 EUR; Day: 04.03.2026; Time: 36:00; Size: 3/4; Id: No. x7"]


def test_truth_errors_and_texts_of_formulas_are_shown() -> None:
    cells = '<c r="A1" t="b"><v>1</v></c><c r="B1" t="b"><v>0</v></c><c r="C1" t="e"><v>#N/A</v></c>'
    cells += '<c r="D1" t="str"><f>A1&amp;"x"</f><v>sum x</v></c><c r="E1" t="d"><v>2026-03-04</v></c>'
    loaded = read(office.xlsx({"S": f"<sheetData><row r='1'>{cells}</row></sheetData>"}))
    assert loaded.text.endswith("TRUE; FALSE; #N/A; sum x; 2026-03-04")


def test_shared_and_rich_texts_without_their_pronunciation() -> None:
    strings = f'<sst xmlns="{_MAIN}"><si><t>Pump</t></si><si><r><t>blue </t></r><r><t>valve</t></r></si>'
    strings += "<si><t>東京</t><rPh><t>トウキョウ</t></rPh></si><si><t>two_x000A_lines</t></si></sst>"
    cells = "".join(f'<c t="s"><v>{index}</v></c>' for index in range(4))
    data = office.xlsx({"S": f"<sheetData><row>{cells}</row></sheetData>"}, extra={"xl/sharedStrings.xml": strings})
    assert lines(read(data)) == ["1: Pump; blue valve; 東京; two lines"]


def test_what_is_hidden_is_left_out_and_counted_in_one_note() -> None:
    text = "Part|secret|Price \n A-7|secret|5.5 \n secret|secret|9 \n A-8|secret|7"
    data = office.xlsx(
        {"S": grid(text, hidden_rows=[3], hidden_columns="B"), "Old": grid("secret")}, hidden=["Old"], formats=[";;;"]
    )
    loaded = read(data)
    assert lines(loaded) == ["2: Part: A-7; Price: 5.5", "4: Part: A-8; Price: 7"]
    assert [note.message for note in loaded.notes] == ["hidden and not read: 1 sheet, 1 row, 1 column"]


def test_cells_that_their_format_hides_are_counted() -> None:
    loaded = read(office.xlsx({"S": grid("Part|Code \n A-7|99 ~1 \n A-8|secret ~1")}, formats=[";;;"]))
    assert "secret" not in loaded.text and "99" not in loaded.text
    assert [note.message for note in loaded.notes] == ["hidden and not read: 2 cells (by their number format)"]


def test_a_hidden_row_does_not_part_a_table_but_a_blank_one_beside_it_does() -> None:
    assert sheet("A|B \n x|1 \n y|2 \n z|3", hidden_rows=[3]) == ["2: A: x; B: 1", "4: A: z; B: 3"]
    assert sheet("A|B \n x|1 \n y|2 \n \n C|D \n z|3", hidden_rows=[3]) == ["2: A: x; B: 1", "6: C: z; D: 3"]


def test_a_title_is_kept_where_its_first_column_is_hidden() -> None:
    shown = sheet("Prices \n 1|Part|Cost \n 2|A-7|5.5", merged="A1:C1", hidden_columns="A")
    assert shown == ["1: Prices", "3: Part: A-7; Cost: 5.5"]


def test_formulas_without_a_stored_value_are_counted() -> None:
    inner = '<row r="1"><c r="A1"><f>B1*2</f></c><c r="B1"><v>4</v></c></row>'
    inner += '<row r="2"><c r="A2"><f>B1</f><v></v></c></row>'
    loaded = read(office.xlsx({"S": f"<sheetData>{inner}</sheetData>"}))
    assert [note.code for note in loaded.notes] == ["formulas_without_value"]
    assert loaded.notes[0].message.startswith("2 formulas have no stored value")


def test_dates_counted_from_1904() -> None:
    data = office.xlsx({"S": grid("Day|Sum \n 44623 ~1|5")}, formats=["yyyy-mm-dd"], properties='date1904="1"')
    assert lines(read(data)) == ["2: Day: 2026-03-04; Sum: 5"]


_DRAWING = (
    'xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


def test_text_boxes_and_titles_of_charts_follow_the_table_and_pictures_are_counted() -> None:
    name = '<d:nvSpPr><d:cNvPr id="1" name="x" {}/></d:nvSpPr>'
    words = "<d:txBody><a:p><a:r><a:t>Prices </a:t></a:r><a:r><a:t>are net.</a:t></a:r></a:p></d:txBody>"
    shapes = f"<d:sp>{name.format('')}{words}</d:sp><d:pic/>"
    unseen = name.format('hidden="1"')
    shapes += f"<d:sp>{unseen}{words.replace('net', 'secret')}</d:sp>"
    shapes += '<d:graphicFrame><c:chart r:id="c"/></d:graphicFrame>'
    title = "<c:title><c:tx><c:rich><a:p><a:r><a:t>{}</a:t></a:r></a:p></c:rich></c:tx></c:title>"
    chart = f"<c:chartSpace {_DRAWING}><c:chart>{title.format('Sales')}<c:plotArea>{title.format('axis')}</c:plotArea>"
    extra = {
        "xl/drawings/_rels/drawing1.xml.rels": office.relations(c=("chart", "../charts/chart1.xml")),
        "xl/charts/chart1.xml": f"{chart}</c:chart></c:chartSpace>",
    }
    parts = {"xl/drawings/drawing1.xml": ("drawing", f"<d:wsDr {_DRAWING}>{shapes}</d:wsDr>")}
    loaded = read(office.xlsx({"S": grid("Part|Price \n A-7|5.5")}, parts=parts, extra=extra))
    assert lines(loaded) == ["2: Part: A-7; Price: 5.5", ": Prices are net.", ": Sales"]
    assert [note.code for note in loaded.notes] == ["pictures_not_read", "charts_not_read"]


def test_notes_on_cells_name_their_cells() -> None:
    comment = '<comment ref="{}"><text><r><t>{}</t></r></text></comment>'
    comments = f'<comments xmlns="{_MAIN}"><commentList>{comment.format("B2", "Ann: was 6")}'
    comments += f"{comment.format('A3', 'secret')}</commentList></comments>"
    text = "Part|Price \n A-7|5.5 \n A-8|7"
    data = office.xlsx({"S": grid(text, hidden_rows=[3])}, parts={"xl/comments1.xml": ("comments", comments)})
    loaded = read(data)
    notes = [block for block in loaded.blocks if block.kind == "note"]
    assert [(b.sheet, b.row, loaded.text[b.start : b.end]) for b in notes] == [("S", 2, "B2: Ann: was 6")]
    assert loaded.notes[0].message == "hidden and not read: 1 row, 1 note"


def test_notes_follow_the_rows_of_their_own_tables() -> None:
    comment = '<comment ref="{}"><text><t>{}</t></text></comment>'
    notes = (("E2", "right"), ("A2", "left"), ("A1", "header"), ("H9", "nowhere"))
    inner = "".join(comment.format(*note) for note in notes)
    parts = {"xl/c.xml": ("comments", f'<comments xmlns="{_MAIN}"><commentList>{inner}</commentList></comments>')}
    loaded = read(office.xlsx({"S": grid("A|B||C|D \n x|1||y|2")}, parts=parts))
    assert lines(loaded) == [
        *("2: A: x; B: 1", "2: A2: left", "2: C: y; D: 2", "2: E2: right"),
        *("1: A1: header", "9: H9: nowhere"),
    ]


def test_a_comment_is_read_once_though_older_programs_get_a_note_of_it() -> None:
    old = f'<comments xmlns="{_MAIN}"><commentList><comment ref="A1"><text><t>[Threaded comment] was 6</t></text>'
    old += "</comment></commentList></comments>"
    new = '<ThreadedComments><threadedComment ref="A1"><text>was 6</text></threadedComment>'
    new += '<threadedComment ref="A1"><text>no, 5</text></threadedComment></ThreadedComments>'
    for order in ((("comments", old), ("threadedComment", new)), (("threadedComment", new), ("comments", old))):
        parts = {f"xl/part{index}.xml": part for index, part in enumerate(order)}
        loaded = read(office.xlsx({"S": grid("Part|Price \n A-7|5.5")}, parts=parts))
        assert [text for text in lines(loaded) if "A1" in text] == ["1: A1: was 6", "1: A1: no, 5"]


def renamed(data: bytes, change: object) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as copy:
        for member in source.infolist():
            copy.writestr(change(member.filename), source.read(member))  # type: ignore[operator]
    return target.getvalue()


@pytest.mark.parametrize("change", [str.lower, str.upper, lambda name: name.replace("/", "\\"), lambda n: f"/{n}"])
def test_parts_are_found_whatever_the_case_and_slashes_of_their_names(change: object) -> None:
    data = renamed(office.xlsx({"S": grid("Part|Price \n A-7|5.5")}), change)
    assert load_any(data, "test.xlsx").text == "S\n\nPart: A-7; Price: 5.5"


@pytest.mark.parametrize("change", [str.lower, lambda name: name.replace("/", "\\")])
def test_parts_of_documents_and_slides_are_found_so_too(change: object) -> None:
    document = new()
    document.add_paragraph("It is large.")
    assert load_any(renamed(saved(document), change), "test.docx").text == "It is large."
    slide = office.pptx([office.shape([office.run("It is large.")], "title")])
    assert load_any(renamed(slide, change), "test.pptx").text == "It is large."


def test_a_binary_workbook_is_told_by_its_parts() -> None:
    assert sniff(office.zipped({"xl/workbook.bin": "", "xl/styles.bin": ""})) == ".xlsb"
    assert sniff(office.zipped({"XL\\WORKBOOK.XML": ""})) == ".xlsx"


# what a broken file says, or why it is refused
BAD: Mapping[str, tuple[str, str]] = {
    "a cell's text is missing": ('<sheetData><row><c t="s"><v>7</v></c><c><v>1</v></c></row></sheetData>', "1"),
    "a cell's text is itself": ('<sheetData><row><c t="s"><v>-1</v></c><c><v>1</v></c></row></sheetData>', "1"),
    "no style of this number": ('<sheetData><row><c s="99"><v>0.5</v></c></row></sheetData>', "0.5"),
    "a style that is no number": ('<sheetData><row><c s="x"><v>0.5</v></c></row></sheetData>', "0.5"),
    "a dimension that lies": ('<dimension ref="A1:XFD1048576"/><sheetData><row><c><v>1</v></c></row></sheetData>', "1"),
    "cells without places": ("<sheetData><row><c><v>1</v></c><c><v>2</v></c></row></sheetData>", "1; 2"),
    "rows out of order": (
        '<sheetData><row r="2"><c r="A2"><v>2</v></c></row><row r="1"><c r="A1"><v>1</v></c></row></sheetData>',
        "1\n\n2",
    ),
    "a place that is none": ('<sheetData><row r="x"><c r="7"><v>1</v></c></row></sheetData>', "1"),
    "a value that is no number": ("<sheetData><row><c><v>1x</v></c></row></sheetData>", "1x"),
    "ranges that are none": (
        '<sheetData><row><c><v>1</v></c></row></sheetData><mergeCells><mergeCell ref="x"/><mergeCell ref="A1:"/>'
        '<mergeCell/><mergeCell ref="A0:B2"/></mergeCells>',
        "1",
    ),
    "no cells": ("", "holds no text"),
    "cut off": ("<sheetData><row><c><v>1</v>", "damaged"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_broken_sheet_is_read_or_refused_with_the_reason(name: str) -> None:
    inner, expected = BAD[name]
    try:
        result = load_any(office.xlsx({"S": inner}), "test.xlsx").text.removeprefix("S\n\n")
    except FileError as error:
        result = error.reason
    assert result == expected or (expected in ("damaged", "holds no text") and expected in result)


def test_merged_ranges_that_overlap_are_cells_of_their_own() -> None:
    text = "A|B|C \n x||1 \n y|2|3 \n z||4"
    loaded = read(office.xlsx({"S": grid(text, merged="A2:B2 A3:C3 A4:B4 A1:XFD1048576")}))
    assert lines(loaded) == ["2: A, B: x; C: 1", "3: A: y; B: 2; C: 3", "4: A, B: z; C: 4"]
    assert [note.code for note in loaded.notes] == ["merged_ranges_overlap"]


def test_damaged_formats_leave_the_numbers_as_they_are_stored() -> None:
    loaded = read(office.xlsx({"S": grid("A|B \n x|0.5 ~1")}, formats=["0%"], extra={"xl/styles.xml": "<styleSheet"}))
    assert lines(loaded) == ["2: A: x; B: 0.5"]
    assert [note.code for note in loaded.notes] == ["formats_damaged"]


def test_an_archive_without_a_workbook_is_refused() -> None:
    with pytest.raises(FileUnreadable, match="not a workbook"):
        xlsx.load(office.zipped({"a.xml": "<a/>"}), "test.xlsx")


def test_an_old_excel_file_is_named_as_one() -> None:
    with pytest.raises(FileUnreadable, match="old Excel file"):
        xlsx.load(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "test.xlsx")


def many(rows: int, columns: int, cell: str) -> str:
    line = "<row>" + cell * columns + "</row>"
    return f"<sheetData>{line * rows}</sheetData>"


def diagonal(size: int) -> str:
    cells = (f'<row r="{at}"><c r="{letters(at)}{at}"><v>{at}</v></c></row>' for at in range(1, size + 1))
    return f"<sheetData>{''.join(cells)}</sheetData>"


def letters(column: int) -> str:
    name = ""
    while column:
        column, digit = divmod(column - 1, 26)
        name = chr(65 + digit) + name
    return name


def nested(depth: int) -> str:
    """Two columns beside two rows above two columns beside two rows …"""
    cells: dict[tuple[int, int], str] = {}
    row, column = 1, 1
    for _ in range(depth):
        for at in range(row, 3 * depth + 3):
            cells[at, column] = cells[at, column + 1] = "x"
        for at in range(column + 3, 3 * depth + 3):
            cells[row, at] = "y"
        row, column = row + 3, column + 3
    text = ""
    for at in sorted({row for row, _ in cells}):
        inner = (f'<c r="{letters(c)}{at}" t="str"><v>{v}</v></c>' for (r, c), v in sorted(cells.items()) if r == at)
        text += f'<row r="{at}">{"".join(inner)}</row>'
    return f"<sheetData>{text}</sheetData>"


_RANGES = '<mergeCell ref="A1:XFD1048576"/>' * 20_000
LARGE = {
    "10,000 columns": many(3, 10_000, "<c><v>1</v></c>"),
    "200,000 empty rows with a style": many(200_000, 0, "") + many(1, 1, "<c><v>1</v></c>"),
    "half a million cells that are empty": many(500, 1000, '<c s="1"/>') + many(1, 1, "<c><v>1</v></c>"),
    "a diagonal": diagonal(10_000),
    "20,000 ranges over everything": many(500, 5, "<c><v>1</v></c>") + f"<mergeCells>{_RANGES}</mergeCells>",
    "columns hidden again and again": "<cols>"
    + '<col min="1" max="16383" hidden="1"/>' * 50_000
    + "</cols>"
    + many(1, 20_000, "<c><v>1</v></c>"),
    "tables nested in tables": nested(60),
    "one column in 1,000": many(2000, 1, '<c r="A1"><v>1</v></c><c r="ALM1"><v>1</v></c>'),
}


@pytest.mark.corpus
@pytest.mark.parametrize("name", LARGE)
def test_a_sheet_made_to_be_large_is_read_in_its_size(name: str) -> None:
    data = office.xlsx({"S": LARGE[name]})
    start = time.process_time()
    read(data)
    assert time.process_time() - start < 20


def test_more_cells_than_the_limit_are_refused_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TextBuilder, "max_pieces", 1000)
    with pytest.raises(FileTooHeavy, match="1,000 paragraphs, lines and cells"):
        xlsx.load(office.xlsx({"S": many(100, 11, "<c><v>1</v></c>")}), "test.xlsx")
