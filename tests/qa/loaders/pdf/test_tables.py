"""Tables of PDFs: rows, headers, and the way back to the page; what is no table stays prose."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from benchmarks.made_apart import make_apart
from benchmarks.made_tables import Made, make_all, table
from benchmarks.pdf_tables import row_texts
from qa.loaders.base import LoadedText
from qa.loaders.finish import find_fault, finish
from qa.loaders.pdf import load as pdf
from qa.loaders.pdf.lines import Line
from qa.loaders.pdf.table_checks import Row, is_table
from tests.qa.loaders.pdf.pdf_factory import Drawing, Text, make_pdf, stroke
from tests.qa.loaders.pdf.test_pdf import PROSE, check_map

MADE = {made.name: made for made in (*make_all(), *make_apart())}
XS = [60.0, 220.0, 290.0, 360.0, 440.0]


@pytest.mark.parametrize("made", MADE.values(), ids=list(MADE))
def test_tables_are_read_row_by_row_and_nothing_else_is(made: Made) -> None:
    loaded = pdf.load(made.data, made.name)
    assert row_texts(loaded) == made.rows
    assert find_fault(loaded) is None


@pytest.mark.parametrize("made", MADE.values(), ids=list(MADE))
def test_every_letter_of_a_cell_is_mapped_to_the_page(made: Made) -> None:
    loaded = pdf.load(made.data, made.name)
    assert check_map(made.data, loaded) > 0
    mapped = {offset for span in loaded.source_map for offset in range(span.start, span.end)}
    for block in loaded.blocks:
        for cell in block.cells:
            letters = [at for at in range(cell.start, cell.end) if not loaded.text[at].isspace()]
            assert mapped.issuperset(letters)


def test_a_row_says_its_table_its_number_and_its_columns() -> None:
    loaded = pdf.load(MADE["two_tables"].data, "x.pdf")
    rows = [block for block in loaded.blocks if block.kind == "table_row"]
    assert [(row.group, row.row) for row in rows] == [(1, 2), (1, 3), (1, 4), (1, 5), (2, 2), (2, 3), (2, 4)]
    assert [(cell.header, cell.column) for cell in rows[0].cells] == [
        ("Item", 1),
        ("Qty", 2),
        ("Price", 3),
        ("Amount", 4),
    ]


def test_rows_of_a_table_over_pages_have_their_own_page() -> None:
    loaded = pdf.load(MADE["pages_header_once"].data, "x.pdf")
    document = finish(loaded, name="x.pdf", loader="pdf/3", document_id="0" * 32)
    rows = [block for block in document.blocks if block.kind == "table_row"]
    assert len({row.group for row in rows}) == 1
    assert [document.page_of(rows[at].start) for at in (0, 29, 30, 59, 60, 69)] == [1, 1, 2, 2, 3, 3]


def test_the_header_of_a_page_that_repeats_it_is_no_running_head() -> None:
    """It stands at the same height on every page, near the upper edge."""
    rows = [["Date", "Text", "Amount"], *([f"{day} May", f"entry {day}", f"{day}.00"] for day in range(1, 10))]
    pages = [table([rows[0], *rows[start : start + 3]], XS, top=740) for start in (1, 4, 7)]
    loaded = pdf.load(make_pdf(pages), "x.pdf")
    assert row_texts(loaded) == [f"Date: {a}; Text: {b}; Amount: {c}" for a, b, c in rows[1:]]
    assert not [block for block in loaded.blocks if block.kind == "furniture"]


def test_a_running_head_above_a_table_stays_furniture() -> None:
    head = [Text(60, 770, "Kent Pumps Ltd", 8), Text(400, 770, "Price list", 8)]
    rows = [["Part", "Colour", "Price"], ["P-1", "red", "4.00"], ["P-2", "blue", "5.00"], ["P-3", "grey", "6.00"]]
    loaded = pdf.load(make_pdf([[*head, *table(rows, XS)] for _ in range(3)]), "x.pdf")
    assert len([block for block in loaded.blocks if block.kind == "furniture"]) >= 3
    assert row_texts(loaded)[0] == "Part: P-1; Colour: red; Price: 4.00"


def test_prose_around_a_table_stays_prose() -> None:
    loaded = pdf.load(MADE["invoice"].data, "x.pdf")
    prose = [loaded.text[block.start : block.end] for block in loaded.blocks if block.kind == "paragraph"]
    assert sum("dug by hand in the year of the great flood" in text for text in prose) == 2


def test_a_key_column_in_bold_names_its_rows() -> None:
    texts = [Text(60, 700 - 14 * at, key, 10, "F2") for at, key in enumerate(("Power", "Weight", "Colour"))]
    texts += [Text(200, 700 - 14 * at, value, 10) for at, value in enumerate(("1.8 kW", "40 kg", "red"))]
    ordered = sorted(texts, key=lambda text: (-text.y, text.x))
    data = make_pdf([ordered])
    loaded = pdf.load(data, "x.pdf")
    assert row_texts(loaded) == ["Power: 1.8 kW", "Weight: 40 kg", "Colour: red"]
    assert check_map(data, loaded) == sum(len(row.replace(": ", "")) for row in row_texts(loaded))


def _spaced(x: float, y: float, words: str, size: float = 10) -> Drawing:
    """Words with as much white space between them as a justified line has."""
    return Drawing(f"BT /F1 {size} Tf 1 Tw 1 0 0 1 {x} {y} Tm ({words}) Tj ET")


@pytest.mark.parametrize(
    "sentence",
    [
        "The list names all of the parts that we keep in stock, with the colour of each.",
        "Prices hold for one year from the day on which an order is made and are net of tax.",
    ],
)
def test_a_sentence_that_runs_over_the_columns_is_no_header(sentence: str) -> None:
    rows = [["P-1", "red", "4.00"], ["P-2", "blue", "5.00"], ["P-3", "grey", "6.00"], ["P-4", "white", "7.00"]]
    loaded = pdf.load(make_pdf([[Text(40, 714, "1)", 10), _spaced(60, 714, sentence), *table(rows, XS)]]), "x.pdf")
    assert row_texts(loaded) == ["; ".join(row) for row in rows]
    assert f"1) {sentence}" in loaded.text


_ITEMS = [
    ("Check that the valve is shut before any work on the pump", "begins, and hang up a sign that says so."),
    ("Open the drain and wait until all the water has gone out", "of the pipe, which takes about an hour."),
    ("Take off the lid and keep the four screws of it in a cup", "with a lid, as they are easily lost here."),
]


@pytest.mark.parametrize("marks", ["***", ("1.", "2.", "3."), ("(a)", "(b)", "(c)"), (".1", ".2", ".3"), "---"])
def test_a_list_above_a_running_foot_is_no_table(marks: Sequence[str]) -> None:
    page = []
    for at, (mark, (words, more)) in enumerate(zip(marks, _ITEMS, strict=True)):
        page += [Text(160, 724 - 24 * at, mark, 10), Text(185, 724 - 24 * at, words, 10)]
        page += [Text(185, 712 - 24 * at, more, 10)]
    page += [Text(40, 646, "Cat. No. 28171E", 10), Text(400, 646, "Manual 2.3", 10)]
    loaded = pdf.load(make_pdf([page]), "x.pdf")
    assert row_texts(loaded) == []
    kinds = [block.kind for block in loaded.blocks if loaded.text.startswith(tuple(marks), block.start)]
    assert len(kinds) == 3
    assert set(kinds) == {"list_item"} or marks[0] == ".1"


@pytest.mark.parametrize(
    "lines",
    [
        [("2t", "falls 0 < t < 12"), ("t - 14", "falls 12 < t < 34"), ("2t - 1", "falls 34 < t < 51")],
        [("f1", "x = 5 + y + 100"), ("f2", "x = 6 + y + 200"), ("f3", "x > 7 + y + 300")],
    ],
)
def test_formulas_are_no_table(lines: Sequence[tuple[str, str]]) -> None:
    page = [
        Text(60 + 160 * at, 700 - 14 * row, words, 10)
        for row, pair in enumerate(lines)
        for at, words in enumerate(pair)
    ]
    assert row_texts(pdf.load(make_pdf([page]), "x.pdf")) == []


@pytest.mark.parametrize("hyphen", [False, True])
def test_rows_that_end_inside_a_word_are_no_table(hyphen: bool) -> None:
    rows = []
    for at, words in enumerate([("P-1", "4.00"), ("P-2", "5.00"), ("P-3", "6.00")]):
        tops = {"top": 20.0 * at, "bottom": 20.0 * at + 10}
        lines = [
            Line(0, text, (), x, x + 30.0, **tops, size=10, bold=False)
            for text, x in zip(words, (50, 200), strict=True)
        ]
        rows.append(Row([(column, column, line) for column, line in enumerate(lines)]))
    first, (column, _, last) = rows[-1].pieces
    rows[-1] = Row([first, (column, column, replace(last, hyphen=hyphen))])
    assert is_table(rows, [(50, 80), (200, 230)]) is not hyphen


def test_a_word_that_pdfium_joins_to_the_column_before_goes_into_its_own_cell() -> None:
    grid = [stroke(50, y, 500, y) for y in (720, 700, 670, 640)] + [stroke(x, 640, x, 720) for x in (50, 150, 320, 500)]
    head = [Text(60, 706, "Status", 9, "F2"), Text(160, 706, "Meaning", 9, "F2"), Text(330, 706, "Pages", 9, "F2")]
    body = [Text(60, 680, "ER+", 9), Text(160, 680, "positive", 9), Text(330, 680, "on page 12", 9)]
    last = [Text(330, 650, "46 to 49.", 9), Text(60, 654, "PR+", 9)]
    last += [Text(160, 662, "never", 9), Text(160, 646, "positive", 9)]
    loaded = pdf.load(make_pdf([[*grid, *head, *body, *last]]), "x.pdf")
    assert row_texts(loaded)[1] == "Status: PR+; Meaning: never positive; Pages: 46 to 49."


def _many_lines() -> list[Text | Drawing]:
    return [Text(60 + 130 * (at % 4), 780 - at // 4 * 0.07, f"cell {at}", 4) for at in range(10_000)]


def _many_paths() -> list[Text | Drawing]:
    return [stroke(at % 600, 0, at % 600, 700) for at in range(60_000)] + [Text(60, 700, PROSE[0])]


def _overlapping() -> list[Text | Drawing]:
    boxes = [Drawing(f"{60 + at} {60 + at} {500 - at} {600 - at} re S") for at in range(190)]
    return [*boxes, *(Text(70 + at, 80 + at, f"word {at}", 6) for at in range(190))]


def _deep_grid() -> list[Text | Drawing]:
    level = [stroke(0, 2 * at, 600, 2 * at) for at in range(390)]
    upright = [stroke(2 * at, 0, 2 * at, 780) for at in range(300)]
    return [*level, *upright, *(Text(100, 700 - at, f"word {at}", 6) for at in range(600))]


@pytest.mark.parametrize("page", [_many_lines, _many_paths, _overlapping, _deep_grid])
def test_a_page_of_too_much_is_read_in_linear_time(page: Callable[[], list[Text | Drawing]]) -> None:
    data = make_pdf([page()])
    started = time.process_time()
    loaded: LoadedText = pdf.load(data, "x.pdf")
    assert time.process_time() - started < 20
    assert find_fault(loaded) is None
    assert all(before.end <= after.start for before, after in pairwise(loaded.blocks))
