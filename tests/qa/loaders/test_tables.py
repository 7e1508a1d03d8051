"""What a table of any format says: titles, header rows, merged cells, and rows that say all of themselves."""

from __future__ import annotations

import pytest

from qa.loaders.base import TextBuilder
from qa.loaders.finish import find_fault
from qa.loaders.tables import MAX_SPAN, Grid, GridCell, Slot, add_table, spread


def grid_of(text: str) -> Grid:
    """Lines of cells between ``|``. In front of its words, ``>2`` or ``v2`` says how many columns or rows a cell
    takes, and ``#`` that the file marks it as header."""
    rows = []
    for line in text.strip().split("\n"):
        cells = []
        for words in line.strip().split("|"):
            marks = words.split()
            columns = next((int(mark[1:]) for mark in marks if mark[0] == ">" and mark[1:].isdigit()), 1)
            deep = next((int(mark[1:]) for mark in marks if mark[0] == "v" and mark[1:].isdigit()), 1)
            text = " ".join(m for m in marks if m != "#" and not (m[0] in ">v" and m[1:].isdigit()))
            cells.append(GridCell(text, columns, deep, "#" in marks))
        rows.append(cells)
    return spread(rows)


def read(grid: Grid, **options: object) -> list[str]:
    builder = TextBuilder()
    add_table(builder, grid, **options)  # type: ignore[arg-type]
    loaded = builder.build()
    assert find_fault(loaded) is None
    return [f"{b.kind[:3]} {b.row}: {loaded.text[b.start : b.end]}" for b in loaded.blocks]


CASES = {
    "a header over numbers": (
        "Part | Price \n PX-100 | 389 \n PX-200 | 520",
        ["tab 2: Part: PX-100; Price: 389", "tab 3: Part: PX-200; Price: 520"],
    ),
    "a title over all columns": (
        ">3 Loan rates \n Loan | Rate | Fee \n Starter | 4.95 % | 12.50 EUR",
        ["cap None: Loan rates", "tab 3: Loan: Starter; Rate: 4.95 %; Fee: 12.50 EUR"],
    ),
    "two titles, not merged": (
        "Loan rates ||\n as of May ||\n Loan | Rate | Fee \n Starter | 4.95 % | 12.50",
        ["cap None: Loan rates", "cap None: as of May", "tab 4: Loan: Starter; Rate: 4.95 %; Fee: 12.50"],
    ),
    "two header rows under merged cells": (
        "Part | >2 Price | >2 Stock \n | 1 pc | 100 pcs | Hull | Leeds \n A-7 | 5.5 | 4.1 | 12 | 0",
        ["tab 3: Part: A-7; Price › 1 pc: 5.5; Price › 100 pcs: 4.1; Stock › Hull: 12; Stock › Leeds: 0"],
    ),
    "a name over two header rows": (
        "v2 Part | >2 Price \n 1 pc | 100 pcs \n A-7 | 5.5 | 4.1",
        ["tab 3: Part: A-7; Price › 1 pc: 5.5; Price › 100 pcs: 4.1"],
    ),
    "three header rows, marked": (
        "# Year | >2 # Sales \n # | >2 # Europe \n # | # North | # South \n 2024 | 8 | 9",
        ["tab 4: Year: 2024; Sales › Europe › North: 8; Sales › Europe › South: 9"],
    ),
    "years as names of columns": (
        "Region | 2005 | 2006 \n North | 8.1 | 9.2",
        ["tab 2: Region: North; 2005: 8.1; 2006: 9.2"],
    ),
    "an empty corner": ("| Mon | Tue \n Hall | open | closed", ["tab 2: Hall; Mon: open; Tue: closed"]),
    "a cell over rows is in each": (
        "Class | Part | Price \n v2 Pumps | PX-100 | 389 \n PX-200 | 520",
        ["tab 2: Class: Pumps; Part: PX-100; Price: 389", "tab 3: Class: Pumps; Part: PX-200; Price: 520"],
    ),
    "a cell over columns has their names": (
        "Day | Morning | Evening \n Mon | >2 closed",
        ["tab 2: Day: Mon; Morning, Evening: closed"],
    ),
    "a title between rows has no name": (
        "Part | Price \n >2 Pumps \n PX-100 | 389",
        ["tab 2: Pumps", "tab 3: Part: PX-100; Price: 389"],
    ),
    "rows named by their first cell": (
        "# Height | 330 m \n # Built | 1887 | 1889",
        ["tab 1: Height: 330 m", "tab 2: Built: 1887; 1889"],
    ),
    "no header: words in two columns": ("Name | Anna \n Town | Hull", ["tab 1: Name; Anna", "tab 2: Town; Hull"]),
    "no header: numbers at the top": ("389 | 520 | 8 \n 1 | 2 | 3", ["tab 1: 389; 520; 8", "tab 2: 1; 2; 3"]),
    "no header: the same word twice": ("a | a | b \n 1 | 2 | 3", ["tab 1: a; a; b", "tab 2: 1; 2; 3"]),
    "nothing but header": ("# Part | # Price \n # 1 | # 2", ["tab 2: Part: 1; Price: 2"]),
    "one column is no table": ("Anna \n Ben", ["par None: Anna", "par None: Ben"]),
    "one column under a marked header is": ("# Members \n Anna", ["tab 2: Members: Anna"]),
    "blank rows are left out and counted": (
        "Part | Price \n | \n PX-100 | 389",
        ["tab 3: Part: PX-100; Price: 389"],
    ),
    "signs in cells of their own": (
        "Item | | Cost | \n Rent | $ | 389 | \n Tax | ( | 19 | )",
        ["tab 2: Item: Rent; Cost: $389", "tab 3: Item: Tax; Cost: (19)"],
    ),
    "a sign in the column with the name": (
        "Item | Cost | \n Rent | $ | 389 \n Tax | $ | 19",
        ["tab 2: Item: Rent; Cost: $389", "tab 3: Item: Tax; Cost: $19"],
    ),
    "the head of a letter is no header": (
        "ACME Ltd ||| Invoice \n 5 Mill Lane | Hull | No. | 2024-117 \n HU1 | UK | Date | 30.9.2024 \n",
        ["tab 1: ACME Ltd; Invoice", "tab 2: 5 Mill Lane; Hull; No.; 2024-117", "tab 3: HU1; UK; Date; 30.9.2024"],
    ),
    "rows of different lengths": (
        "Part | Price \n PX-100 \n PX-200 | 520 | new",
        ["tab 2: Part: PX-100", "tab 3: Part: PX-200; Price: 520; new"],
    ),
    "cells that overlap": (
        "A | B | C \n v3 x | >2 1 \n v2 2 | 3 \n 4",
        ["tab 2: A: x; B, C: 1", "tab 3: A: x; B: 2; C: 3", "tab 4: A: x; B: 2; C: 4"],
    ),
    "the name of an empty column is not lost": (
        "Part | Price | Remarks \n PX-100 | 389 | \n PX-200 | 520",
        ["cap None: Part; Price; Remarks", "tab 2: Part: PX-100; Price: 389", "tab 3: Part: PX-200; Price: 520"],
    ),
    "nor that of a column with nothing but titles": (
        "# | # More \n Dato | \n >2 WTF? \n",
        ["cap None: More", "tab 2: Dato", "tab 3: WTF?"],
    ),
    "a title over several rows is said once": (
        ">2 v2 Staff | \n | \n Name | Town | Age \n Anna | Hull | 40",
        ["cap None: Staff", "tab 4: Name: Anna; Town: Hull; Age: 40"],
    ),
    "values that look like names": (
        "Code | Meaning | Remedy \n E4 | No water | Fill the tank",
        ["tab 2: Code: E4; Meaning: No water; Remedy: Fill the tank"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_row_says_what_its_values_are(case: str) -> None:
    text, expected = CASES[case]
    assert read(grid_of(text)) == expected


def test_what_the_file_says_of_its_header_counts() -> None:
    grid = grid_of("Name | Anna \n Town | Hull \n Code | 8")
    assert read(grid, header_rows=1) == ["tab 2: Name: Town; Anna: Hull", "tab 3: Name: Code; Anna: 8"]
    titled = grid_of(">2 Staff \n Name | Town \n Anna | Hull")
    assert read(titled, header_rows=2) == ["cap None: Staff", "tab 3: Name: Anna; Town: Hull"]


def test_a_header_repeated_on_the_next_page_is_left_out_where_pages_are() -> None:
    grid = grid_of("Part | Price \n PX-100 | 389 \n Part | Price \n PX-200 | 520")
    rows = ["tab 2: Part: PX-100; Price: 389", "tab 4: Part: PX-200; Price: 520"]
    assert read(grid, repeated_header=True) == rows
    assert len(read(grid)) == 3


def test_cells_know_their_header_and_column() -> None:
    builder = TextBuilder()
    add_table(
        builder,
        grid_of("Part | >2 Price \n | 1 pc | 100 pcs \n A-7 | | 4.1 \n A-8 | 2.2 |"),
        sheet="Parts",
        row_numbers=[4, 5, 6, 7],
    )
    loaded = builder.build()
    row = loaded.blocks[0]
    assert [(loaded.text[c.start : c.end], c.header, c.column) for c in row.cells] == [
        ("A-7", "Part", 1),
        ("4.1", "Price › 100 pcs", 3),
    ]
    assert (row.sheet, row.row, row.group) == ("Parts", 6, 1)


def test_each_table_has_a_group_of_its_own() -> None:
    builder = TextBuilder()
    for _ in range(2):
        add_table(builder, grid_of("Part | Price \n PX-100 | 389 \n PX-200 | 520"))
    assert [block.group for block in builder.build().blocks] == [1, 1, 2, 2]


def test_cells_that_claim_endless_spans_stay_within_limits() -> None:
    grid = spread([[GridCell("x", 10**9, 10**9)] * 50 for _ in range(50)])
    assert sum(map(len, grid)) <= 10 * (50 * 50 + 100) + 50 * (MAX_SPAN + 50)
    assert read([[Slot("x", column == 0) for column in range(10_000)], [Slot(str(n)) for n in range(10_000)]])
