"""Tables of Word files: titles, header rows, merged cells, and what is wrong with them."""

from __future__ import annotations

import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from qa.loaders.base import LoadedText
from qa.loaders.office import docx
from tests.qa.loaders.office.docx_factory import add_xml, new, paragraph, run, saved

HEADER = "<w:trPr><w:tblHeader/></w:trPr>"


def cell(words: str, span: int = 0, merge: str = "", bold: bool = False) -> str:
    """A ``w:tc``. ``merge``: ``^`` starts a cell over several rows, ``|`` goes on with the one above."""
    properties = f'<w:gridSpan w:val="{span}"/>' if span else ""
    properties += {"": "", "^": '<w:vMerge w:val="restart"/>', "|": "<w:vMerge/>"}[merge]
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(run(words, '<w:b/>' if bold else ''))}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    """A ``w:tr`` of cells, given as XML or as their words."""
    return f"<w:tr>{properties}{''.join(item if item.startswith('<') else cell(item) for item in cells)}</w:tr>"


def bold(*words: str) -> str:
    return row(*(cell(item, bold=True) for item in words))


def table(*rows: str, properties: str = "") -> str:
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr>{''.join(rows)}</w:tbl>"


def read(*elements: str) -> LoadedText:
    document = new()
    for xml in elements:
        add_xml(document, xml)
    return docx.load(saved(document), "test.docx")


def lines(loaded: LoadedText) -> list[str]:
    """The blocks' texts; those that are not rows of a table with their kind."""
    texts = ((block.kind, loaded.text[block.start : block.end]) for block in loaded.blocks)
    return [text if kind == "table_row" else f"({kind}) {text}" for kind, text in texts]


PORTS = (row("Port", "Tonnes", "Year"), row("Rotterdam", "439", "2023"))
FIRST = "Port: Rotterdam; Tonnes: 439; Year: 2023"
TABLES: dict[str, tuple[str, list[str]]] = {
    "a header": (table(*PORTS), [FIRST]),
    "a title over all columns": (table(row(cell("Ports of Europe", 3)), *PORTS), ["(caption) Ports of Europe", FIRST]),
    "two titles": (
        table(row(cell("Ports", 3)), row(cell("in millions", 3)), *PORTS),
        ["(caption) Ports", "(caption) in millions", FIRST],
    ),
    "a title in the first of three cells": (table(row("Ports", "", ""), *PORTS), ["(caption) Ports", FIRST]),
    "a header that Word repeats": (
        table(row("1st", "2nd", properties=HEADER), row("Rotterdam", "Antwerp")),
        ["1st: Rotterdam; 2nd: Antwerp"],
    ),
    "a title and a header that Word repeats": (
        table(row(cell("Ports", 2), properties=HEADER), row("A", "B", properties=HEADER), row("x", "y")),
        ["(caption) Ports", "A: x; B: y"],
    ),
    "two header rows that Word repeats": (
        table(
            row("Part", cell("Price", 2), properties=HEADER),
            row("", "1 pc", "100 pcs", properties=HEADER),
            row("A-7", "5.5", "4.1"),
        ),
        ["Part: A-7; Price › 1 pc: 5.5; Price › 100 pcs: 4.1"],
    ),
    "two header rows, nothing said": (
        table(
            row(cell("Part", 0, "^"), cell("Price", 2)),
            row(cell("", 0, "|"), "1 pc", "100 pcs"),
            row("A-7", "5.5", "4.1"),
        ),
        ["Part: A-7; Price › 1 pc: 5.5; Price › 100 pcs: 4.1"],
    ),
    "a bold header": (table(bold("Role", "Name"), row("Buyer", "Ann")), ["Role: Buyer; Name: Ann"]),
    "two bold header rows": (
        table(bold("Team", "Team"), bold("Role", "Name"), row("Buyer", "Ann"), row("Clerk", "Bob")),
        ["Team › Role: Buyer; Team › Name: Ann", "Team › Role: Clerk; Team › Name: Bob"],
    ),
    "a table that is all bold": (table(bold("Role", "Buyer"), bold("Name", "Ann")), ["Role; Buyer", "Name; Ann"]),
    "names and values": (table(row("Role", "Buyer"), row("Name", "Ann")), ["Role; Buyer", "Name; Ann"]),
    "a header that is there again": (table(*PORTS, *PORTS), [FIRST, FIRST]),
    "a cell over two rows": (
        table(
            row("Country", "Port", "Tonnes"),
            row(cell("Belgium", 0, "^"), "Antwerp", "271"),
            row(cell("", 0, "|"), "Ghent", "66"),
        ),
        ["Country: Belgium; Port: Antwerp; Tonnes: 271", "Country: Belgium; Port: Ghent; Tonnes: 66"],
    ),
    "a cell over two columns": (
        table(row("Port", "2022", "2023"), row("Ghent", cell("unknown", 2)), row("Antwerp", "287", "271")),
        ["Port: Ghent; 2022, 2023: unknown", "Port: Antwerp; 2022: 287; 2023: 271"],
    ),
    "a cell over two rows and two columns": (
        table(
            row("Port", "2022", "2023"),
            row("Ghent", cell("unknown", 2, "^")),
            row("Antwerp", cell("", 2, "|")),
        ),
        ["Port: Ghent; 2022, 2023: unknown", "Port: Antwerp; 2022, 2023: unknown"],
    ),
    "cells over rows side by side": (
        table(
            row("A", "B", "C"),
            row(cell("a", 0, "^"), cell("b", 0, "^"), "c1"),
            row(cell("", 0, "|"), cell("", 0, "|"), "c2"),
        ),
        ["A: a; B: b; C: c1", "A: a; B: b; C: c2"],
    ),
    "a row of nothing but cells from above": (
        table(row("A", "B", "C"), row(*(cell(item, 0, "^") for item in "xyz")), row(*[cell("", 0, "|")] * 3)),
        ["A: x; B: y; C: z"],
    ),
    "a cell that goes on with none": (
        table(*PORTS, row(cell("Hamburg", 0, "|"), "114", "2023")),
        [FIRST, "Port: Hamburg; Tonnes: 114; Year: 2023"],
    ),
    "cells over rows that overlap": (
        table(row("A", "B", "C"), row(cell("a", 2, "^"), "c"), row(cell("x", 0, "|"), cell("y", 2, "|"))),
        ["A, B: a; C: c", "A: a; B, C: y"],
    ),
    "rows of different lengths": (
        table(*PORTS, row("Hamburg"), row("Antwerp", "271", "2023", "more", "still more")),
        [FIRST, "Port: Hamburg", "Port: Antwerp; Tonnes: 271; Year: 2023; more; still more"],
    ),
    "a row that starts in the second column": (
        table(*PORTS, row("114", "2023", properties='<w:trPr><w:gridBefore w:val="1"/></w:trPr>')),
        [FIRST, "Tonnes: 114; Year: 2023"],
    ),
    "a row that is hidden": (
        table(*PORTS, row("Hamburg", "114", "2023", properties="<w:trPr><w:hidden/></w:trPr>")),
        [FIRST],
    ),
    "a span that is too large to be meant": (
        table(row(cell("Ports", 10**9)), *PORTS),
        ["(caption) Ports", FIRST],
    ),
    "a span that is none": (
        table(*PORTS, row(cell("Hamburg", -3), "114", "2023")),
        [FIRST, "Port: Hamburg; Tonnes: 114; Year: 2023"],
    ),
    "no cells in a row": (table(row(), *PORTS, row()), [FIRST]),
    "one row is a frame": (table(row("left", "right")), ["(paragraph) left", "(paragraph) right"]),
    "one column is a frame": (table(row("above"), row("below")), ["(paragraph) above", "(paragraph) below"]),
    "a currency sign in a cell of its own": (
        table(row("Port", cell("Fee", 2)), row("Ghent", "€", "120")),
        ["Port: Ghent; Fee: €120"],
    ),
}


@pytest.mark.parametrize("case", TABLES)
def test_rows_say_what_their_cells_are(case: str) -> None:
    xml, shown = TABLES[case]
    assert lines(read(xml)) == shown


def test_rows_of_one_table_have_one_group_and_their_numbers() -> None:
    loaded = read(table(row(cell("Ports", 3)), *PORTS, row("Ghent", "66", "2023")), table(*PORTS))
    assert [(block.kind, block.group, block.row) for block in loaded.blocks] == [
        ("caption", None, None),
        ("table_row", 1, 3),
        ("table_row", 1, 4),
        ("table_row", 2, 2),
    ]
    assert [(cell.header, cell.column) for cell in loaded.blocks[1].cells] == [("Port", 1), ("Tonnes", 2), ("Year", 3)]


def test_a_table_in_a_cell_follows_its_row() -> None:
    inner = f"<w:tc>{paragraph(run('see'))}{table(row('A', 'B', 'C'), row('1', '2', '3'))}{paragraph('')}</w:tc>"
    loaded = read(table(*PORTS, f"<w:tr>{cell('Ghent')}{cell('66')}{inner}</w:tr>", row("Antwerp", "271", "2023")))
    assert lines(loaded) == [
        FIRST,
        "Port: Ghent; Tonnes: 66; Year: see",
        "A: 1; B: 2; C: 3",
        "Port: Antwerp; Tonnes: 271; Year: 2023",
    ]
    assert [block.group for block in loaded.blocks] == [1, 1, 2, 1]


def test_a_table_in_a_header_cell_is_read() -> None:
    inner = f"<w:tc>{paragraph(run('Year'))}{table(row('A', 'B', 'C'), row('1', '2', '3'))}{paragraph('')}</w:tc>"
    loaded = read(table(f"<w:tr>{cell('Port')}{cell('Tonnes')}{inner}</w:tr>", PORTS[1]))
    assert sorted(lines(loaded)) == ["A: 1; B: 2; C: 3", FIRST]


@pytest.mark.parametrize(
    ("look", "shown"),
    [
        ('<w:tblLook w:firstRow="1"/>', ["Role: Buyer; Name: Ann"]),
        ('<w:tblLook w:val="04A0"/>', ["Role: Buyer; Name: Ann"]),
        ('<w:tblLook w:firstRow="0"/>', ["Role; Name", "Buyer; Ann"]),
        ('<w:tblLook w:val="0480"/>', ["Role; Name", "Buyer; Ann"]),
        ("", ["Role; Name", "Buyer; Ann"]),
    ],
)
def test_a_style_that_makes_the_first_row_bold_makes_it_a_header(look: str, shown: list[str]) -> None:
    document = new()
    part = '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr></w:tblStylePr>'
    document.styles.element.append(
        parse_xml(f'<w:style {nsdecls("w")} w:type="table" w:styleId="Bold"><w:name w:val="Bold"/>{part}</w:style>')
    )
    rows = (row("Role", "Name"), row("Buyer", "Ann"))
    add_xml(document, table(*rows, properties=f'<w:tblStyle w:val="Bold"/>{look}'))
    assert lines(docx.load(saved(document), "test.docx")) == shown


def test_ten_thousand_columns_are_read() -> None:
    names = [f"c{number}" for number in range(10_000)]
    loaded = read(table(row(*names), row(*(f"{number}" for number in range(10_000)))))
    assert len(loaded.blocks) == 1
    assert loaded.text.endswith("c9999: 9999")


def test_spans_do_not_multiply() -> None:
    """A thousand rows of cells that each say they take a billion columns."""
    loaded = read(table(*(row(cell(f"a{number}", 10**9), cell("b", 10**9)) for number in range(1000))))
    assert len(loaded.blocks) == 1000
    assert len(loaded.text) < 1000 * 20
