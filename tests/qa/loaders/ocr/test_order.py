"""The reading order of the lines of a scan."""

from __future__ import annotations

import pytest

from qa.loaders.ocr.order import in_reading_order
from qa.loaders.ocr.scan import Line
from tests.qa.loaders.ocr.scans import column, line

LEFT = ["the harbour handles many", "tonnes of goods in a year", "and employs three hundred"]
RIGHT = ["people who live in the old", "quarter near the river and", "walk to work every morning"]
TITLE = "A title that goes over both of the columns below it, as titles do, and says a lot"
FOOT = "A line at the foot that goes over both of the columns above it, as some notes do"
A, B, C = column(LEFT), column(RIGHT, 350), column(["of them"], 350, 98)

CASES = {
    "lines below each other": (column(LEFT), LEFT),
    "in any order of finding": (column(LEFT)[::-1], LEFT),
    "one line": ([line("alone")], ["alone"]),
    "nothing": ([], []),
    "two columns": ([*A, *B], LEFT + RIGHT),
    "columns close to each other": ([*A, *column(RIGHT, 214)], LEFT + RIGHT),
    "columns whose lines are found by rows": ([each for pair in zip(A, B, strict=True) for each in pair], LEFT + RIGHT),
    "columns that are not at one height": ([*A, *column(RIGHT, 350, 57)], LEFT + RIGHT),
    "a short last line in a column": ([*A, *B, *C], [*LEFT, *RIGHT, "of them"]),
    "three columns": (
        [*column(LEFT, 20), *column(RIGHT, 210), *column(["one two three", "four five six", "seven and eight"], 420)],
        [*LEFT, *RIGHT, "one two three", "four five six", "seven and eight"],
    ),
    "a title over columns": ([line(TITLE, 50, 20), *A, *B], [TITLE, *LEFT, *RIGHT]),
    "a title and a foot": ([line(TITLE, 50, 20), *A, *B, line(FOOT, 50, 120)], [TITLE, *LEFT, *RIGHT, FOOT]),
    "a page number between columns": ([*A, *B, line("12", 300, 300)], [*LEFT, *RIGHT, "12"]),
    "a date above columns and a number below": (
        [line("3 March", 290, 20), *A, *B, line("12", 300, 300)],
        ["3 March", *LEFT, *RIGHT, "12"],
    ),
    "a running head over columns, and its number": (
        [line("Part one", 50, 10), line("17", 520, 10), line("A short title", 250, 30), *A, *B],
        ["Part one 17", "A short title", *LEFT, *RIGHT],
    ),
    "columns, a title, columns": (
        [*A, *B, line(TITLE, 50, 120), *column(LEFT, top=140), *column(RIGHT, 350, 140)],
        [*LEFT, *RIGHT, TITLE, *LEFT, *RIGHT],
    ),
    "rows of a table": (
        [*column(["Pump", "Valve", "Filter"]), *column(["8.35", "120.00", "14.90"], 350)],
        ["Pump 8.35", "Valve 120.00", "Filter 14.90"],
    ),
    "rows with long first cells": (
        [*column(LEFT), *column(["8.35", "120.00", "14.90"], 350)],
        [f"{words} {number}" for words, number in zip(LEFT, ["8.35", "120.00", "14.90"], strict=True)],
    ),
    "cells found from the right": ([line("8.35", 350), line("Pump", 50)], ["Pump 8.35"]),
    "cells a little above each other": ([line("Pump", 50, 50), line("8.35", 350, 54)], ["Pump 8.35"]),
    "a label and a value": ([line("Total", 50), line("100.20", 500)], ["Total 100.20"]),
    "a row between paragraphs": (
        [*column([TITLE, TITLE]), line("Total", 50, 82), line("9.90", 400, 82), line(TITLE, 50, 98)],
        [TITLE, TITLE, "Total 9.90", TITLE],
    ),
    "two lines beside a picture": (column(LEFT[:2], 350), LEFT[:2]),
    "a word in small letters after a line": ([line("Price", 50, 50), line("1)", 84, 48, height=7)], ["Price 1)"]),
}


@pytest.mark.parametrize("name", CASES)
def test_reading_order(name: str) -> None:
    lines, expected = CASES[name]
    assert [found.text for found in in_reading_order(lines)] == expected


def test_a_joined_row_keeps_its_words_and_covers_its_cells() -> None:
    (row,) = in_reading_order([line("8.35", 350), line("Pump P-101", 50)])
    assert [word.text for word in row.words] == ["Pump", "P-101", "8.35"]
    assert (row.left, row.right) == (50, 374)


def test_every_line_comes_out_once_however_they_overlap() -> None:
    lines = [Line(str(number), (), number % 7 * 9, number % 5 * 7, number % 7 * 9 + 30, 90) for number in range(60)]
    found = [text for row in in_reading_order(lines) for text in row.text.split()]
    assert sorted(found, key=int) == [str(number) for number in range(60)]
