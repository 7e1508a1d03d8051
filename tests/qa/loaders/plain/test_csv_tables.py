"""Separators, titles, headers, units, comments and several tables in CSV."""

from __future__ import annotations

import pytest

from qa.loaders.load import load

Rows = list[tuple[str, int | None, str]]


def read(text: str) -> Rows:
    """Kind, row of the file and words of every block."""
    document = load(text.encode(), "a.csv")
    return [(b.kind, b.row, document.text[b.start : b.end]) for b in document.blocks]


def rows(*words: str, first: int = 2) -> Rows:
    return [("table_row", number, each) for number, each in enumerate(words, first)]


@pytest.mark.parametrize("separator", "^~!#=:/\\¦§&*")
def test_any_separator_that_makes_even_columns_is_found(separator: str) -> None:
    text = "name^price^stock\nBolt M6^0,12^4500\nNut M6^0,07^5200\n".replace("^", separator)
    expected = rows("name: Bolt M6; price: 0,12; stock: 4500", "name: Nut M6; price: 0,07; stock: 5200")
    if separator in "=:/&*":  # between digits these are parts of numbers
        text = text.replace(separator, f"x{separator}")
        expected = rows("namex: Bolt M6x; pricex: 0,12x; stock: 4500", "namex: Nut M6x; pricex: 0,07x; stock: 5200")
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "10:02:11\n10:03:11\n",
        "1/2/2026\n2/2/2026\n",
        "https://a.org/b\nhttps://a.org/c\n",
        "a.b.c\nd.e.f\n",
        "a-b-c\nd-e-f\n",
    ],
)
def test_signs_within_words_and_numbers_separate_nothing(text: str) -> None:
    assert [words for _, _, words in read(text)] == text.split()


CASES: dict[str, tuple[str, Rows]] = {
    "comments above": (
        "# by tool\n# 2026-01-01\nname,price\nBolt,0.12\n",
        [("note", None, "by tool"), ("note", None, "2026-01-01"), *rows("name: Bolt; price: 0.12", first=4)],
    ),
    "a comment inside": (
        "name,price\nBolt,0.12\n# sold out, sadly, all\nNut,0.07\n",
        [
            *rows("name: Bolt; price: 0.12"),
            ("note", None, "sold out, sadly, all"),
            *rows("name: Nut; price: 0.07", first=4),
        ],
    ),
    "a header that begins with the sign": (
        "#id,name\n1,Bolt\n2,Nut\n",
        rows("#id: 1; name: Bolt", "#id: 2; name: Nut"),
    ),
    "values that begin with the sign": (
        "tag,count\n#sale,3\n#new,4\n",
        rows("tag: #sale; count: 3", "tag: #new; count: 4"),
    ),
    "a title": (
        "Stock 2026\nname,price\nBolt,1\n",
        [("caption", None, "Stock 2026"), *rows("name: Bolt; price: 1", first=3)],
    ),
    "two titles": (
        "Stock\nof May\n\nname,price\nBolt,1\n",
        [("caption", None, "Stock"), ("caption", None, "of May"), *rows("name: Bolt; price: 1", first=5)],
    ),
    "a title with empty cells": (
        "Stock,,\nname,price,kg\nBolt,1,2\n",
        [("caption", None, "Stock"), *rows("name: Bolt; price: 1; kg: 2", first=3)],
    ),
    "units": (
        "name,weight,length\n,kg,mm\nBolt,0.2,60\n",
        rows("name: Bolt; weight › kg: 0.2; length › mm: 60", first=3),
    ),
    "units in brackets": (
        "name,weight,length\n-,(kg),[furlong]\nBolt,0.2,60\n",
        rows("name › -: Bolt; weight › (kg): 0.2; length › [furlong]: 60", first=3),
    ),
    "no units": ("size,count\nm,3\nl,4\n", rows("size: m; count: 3", "size: l; count: 4")),
    "a text below short words": ("a,b\nkg,mm\nBolt,Nut\n", rows("a: kg; b: mm", "a: Bolt; b: Nut")),
    "two header rows": (
        "article,price,,stock\n,1 pc,100 pcs,Hull\nA-7,5.5,4.1,12\n",
        rows("article: A-7; price › 1 pc: 5.5; price › 100 pcs: 4.1; stock › Hull: 12", first=3),
    ),
    "another table after a blank line": (
        "name,price\nBolt,1\n\ntown,staff,since\nHull,14,1990\n",
        [*rows("name: Bolt; price: 1"), *rows("town: Hull; staff: 14; since: 1990", first=5)],
    ),
    "another of the same width": (
        "name,price\nBolt,1\n\ntown,staff\nHull,14\n",
        [*rows("name: Bolt; price: 1"), *rows("town: Hull; staff: 14", first=5)],
    ),
    "another with a title": (
        "name,price\nBolt,1\n\nBranches\ntown,staff\nHull,14\n",
        [*rows("name: Bolt; price: 1"), ("caption", None, "Branches"), *rows("town: Hull; staff: 14", first=6)],
    ),
    "another without a blank line": (
        "name,price\nBolt,1\ntown,staff,since\nHull,14,1990\n",
        [*rows("name: Bolt; price: 1"), *rows("town: Hull; staff: 14; since: 1990", first=4)],
    ),
    "a spreadsheet's empty cells": (
        "name,price,\nBolt,1,\n,,\ntown,staff,since\nHull,14,1990\n",
        [*rows("name: Bolt; price: 1"), *rows("town: Hull; staff: 14; since: 1990", first=5)],
    ),
    "a blank line in a table": (
        "name,price\nBolt,1\n\nNut,2\n",
        [*rows("name: Bolt; price: 1"), *rows("name: Nut; price: 2", first=4)],
    ),
    "a blank line in a table of words": (
        "name,town\nBo,Hull\n\nAl,York\nJo,Leeds\n",
        [*rows("name: Bo; town: Hull"), *rows("name: Al; town: York", "name: Jo; town: Leeds", first=4)],
    ),
    "a line over two rows": ('a,b\n"x\ny",1\nz,2\n', rows("a: x y; b: 1", "a: z; b: 2")),
    "Excel's line": ("sep=;\na;b\nx;1\n", rows("a: x; b: 1")),
}


CASES |= {
    "a bank's names and values above": (
        "Account;Report of 01.10.2024\n\nBalance;2.345,67;EUR\nSorted;by date\n\nDay;Payee;Text;Paid;Unit;Sum;Unit\n"
        "30.09.2024;Voda;Debit;-39,99;EUR;2.345,67;EUR\n02.09.2024;Edeka;;-23,10;EUR;\n",
        [
            *rows("Account; Report of 01.10.2024", first=1),
            *rows("Balance; 2.345,67; EUR", "Sorted; by date", first=3),
            *rows(
                "Day: 30.09.2024; Payee: Voda; Text: Debit; Paid: -39,99; Unit: EUR; Sum: 2.345,67; Unit: EUR",
                "Day: 02.09.2024; Payee: Edeka; Paid: -23,10; Unit: EUR",
                first=7,
            ),
        ],
    ),
    "the same without blank lines": (
        "Giro,DE02120300\nBalance,€ 12\nDay,Payee,Text,Kind,Sum\n30.09.,Voda,Debit,out,-3\n",
        [
            *rows("Giro; DE02120300", "Balance; € 12", first=1),
            *rows("Day: 30.09.; Payee: Voda; Text: Debit; Kind: out; Sum: -3", first=4),
        ],
    ),
    "remarks below": (
        "name,unit,price,stock\nBolt,pc,1,5\nNut,,2,\n,,,\nPrices: in euros,,,\nTotal,3\n,,,\nAll,,3,5\n",
        [
            *rows("name: Bolt; unit: pc; price: 1; stock: 5", "name: Nut; price: 2"),
            *rows("Prices: in euros", "Total; 3", first=5),
            *rows("name: All; price: 3; stock: 5", first=8),
        ],
    ),
    "years as names": (
        ";2023;2024\nSales;1;2\nCosts;3;4\n",
        rows("Sales; 2023: 1; 2024: 2", "Costs; 2023: 3; 2024: 4"),
    ),
    "years above other names": (
        "town,2023,,2024,\n,Q1,Q2,Q1,Q2\nHull,1,2,3,4\n",
        rows("town: Hull; 2023 › Q1: 1; 2023 › Q2: 2; 2024 › Q1: 3; 2024 › Q2: 4", first=3),
    ),
    "years as values": ("Hull,1990,2001\nYork,1985,1999\n", rows("Hull; 1990; 2001", "York; 1985; 1999", first=1)),
    "a year as a value": ("Hull,big,1990\nYork,old,12\n", rows("Hull; big; 1990", "York; old; 12", first=1)),
    "a narrow table above a wide one": (
        "name,stock\nBolt,1\nNut,2\n\ntown,street,staff,since,open\nHull,High,14,1990,9\n",
        [
            *rows("name: Bolt; stock: 1", "name: Nut; stock: 2"),
            *rows("town: Hull; street: High; staff: 14; since: 1990; open: 9", first=6),
        ],
    ),
}


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_the_parts_of_a_file_are_told_apart(text: str, expected: Rows) -> None:
    assert read(text) == expected


def test_each_table_has_a_group_and_its_cells_their_columns() -> None:
    document = load(b"name,price\nBolt,1\nNut,\n\ntown,staff,since\nHull,,1990\n", "a.csv")
    assert [block.group for block in document.blocks] == [1, 1, 2]
    assert [[(cell.header, cell.column) for cell in block.cells] for block in document.blocks] == [
        [("name", 1), ("price", 2)],
        [("name", 1)],
        [("town", 1), ("since", 3)],
    ]
