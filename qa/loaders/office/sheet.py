"""One sheet of a workbook → its tables; the same for every spreadsheet format."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from qa.loaders.base import TextBuilder, counted_notes
from qa.loaders.tables import EMPTY, Grid, Slot, add_table
from qa.types import Note

_MAX_DEPTH = 20
"""Tables beside and below each other are told apart to this depth."""
_MAX_SPARSE = 20
"""Rows with fewer than one filled cell in so many columns are not read as a table: its grid could fill the memory."""
_Row = tuple[int, dict[int, str]]
"""A row's number, and its texts by column; both from 1."""


class Merge(NamedTuple):
    """A range of cells that are one."""

    top: int
    left: int
    bottom: int
    right: int


class SheetNote(NamedTuple):
    """A note on a cell, or its comment."""

    row: int
    column: int
    text: str

    @property
    def cell(self) -> str:
        """The cell's name, such as ``B2``."""
        return f"{column_letters(self.column)}{self.row}"


@dataclass
class Sheet:
    """What a sheet shows, as read from a file."""

    name: str
    rows: list[_Row] = field(default_factory=list)
    """Those that show something, in order, without hidden columns."""
    merges: list[Merge] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    """In order."""
    hidden_columns: list[int] = field(default_factory=list)
    """In order."""
    notes: list[SheetNote] = field(default_factory=list)
    drawn: list[tuple[str, str]] = field(default_factory=list)
    """Kind of block and text of what lies over the cells: text boxes, titles of charts."""
    is_numbered: bool = True
    """False where the rows' numbers are not those that the program shows."""


class LeftOut(Counter[str]):
    """How much of a workbook is not read, by kind: the keys of ``_HIDDEN`` and ``_REASONS``."""

    def notes(self) -> list[Note]:
        """One note on what is hidden, and one on each other kind."""
        hidden = [
            f"{self[kind]:,} {one if self[kind] == 1 else many}" for kind, (one, many) in _HIDDEN.items() if self[kind]
        ]
        notes = [Note("hidden_not_read", f"hidden and not read: {', '.join(hidden)}")] if hidden else []
        return notes + counted_notes(self, _REASONS)


_HIDDEN = {
    "sheets": ("sheet", "sheets"),
    "rows": ("row", "rows"),
    "columns": ("column", "columns"),
    "values": ("cell (by its number format)", "cells (by their number format)"),
    "notes": ("note", "notes"),
}
_REASONS = {
    "formulas_without_value": (
        "formula has no stored value and is not read; save the file in a spreadsheet program",
        "formulas have no stored value and are not read; save the file in a spreadsheet program",
    ),
    "merged_ranges_overlap": (
        "merged range overlaps another, or cells with text of their own, and is read as separate cells",
        "merged ranges overlap others, or cells with text of their own, and are read as separate cells",
    ),
    "texts_missing": ("cell refers to a text that is not in the file", "cells refer to texts that are not in the file"),
    "formats_damaged": ("table of number formats is damaged; numbers are given as they are stored", ""),
    "pictures_not_read": ("picture is not read", "pictures are not read"),
    "charts_not_read": (
        "chart is read as its title only; its numbers are in the cells it is made from",
        "charts are read as their titles only; their numbers are in the cells they are made from",
    ),
}


def column_letters(column: int) -> str:
    """``A`` for 1, ``AB`` for 28."""
    letters = ""
    while column:
        column, digit = divmod(column - 1, 26)
        letters = chr(65 + digit) + letters
    return letters


def add_sheet(builder: TextBuilder, sheet: Sheet, left_out: LeftOut) -> None:
    """Append a sheet that shows something: its name as heading, its tables with the notes on a row behind it, what is
    drawn over them, and the notes on other cells."""
    if not (sheet.rows or sheet.drawn or sheet.notes):
        return
    builder.block("heading", sheet.name, level=2)
    covers, notes = _Covers(sheet, left_out), dict[int, list[SheetNote]]()
    for note in sheet.notes:
        notes.setdefault(note.row, []).append(note)
    for region in _regions(sheet, sheet.rows, covers):
        _add_region(builder, sheet, region, covers, notes)
    for kind, text in sheet.drawn:
        builder.block("caption" if kind == "caption" else "paragraph", text)
    for number in sorted(notes):
        _add_notes(builder, sheet.name, notes[number])


def _add_notes(builder: TextBuilder, name: str, notes: Iterable[SheetNote]) -> None:
    for note in notes:
        builder.block("note", f"{note.cell}: {note.text}", sheet=name, row=note.row)


class _Covers:
    """Which merged cell covers a position, within limits: ranges that would hide anything are ignored."""

    def __init__(self, sheet: Sheet, left_out: LeftOut) -> None:
        self.slots: dict[tuple[int, int], Slot] = {}
        self.spans: list[Merge] = []
        """Those in use, by their tops."""
        numbers = [number for number, _ in sheet.rows]
        columns = sorted({column for _, cells in sheet.rows for column in cells}) if sheet.merges else []
        texts = dict(sheet.rows)
        left = 10 * sum(map(len, texts.values())) if sheet.merges else 0
        for merge in sorted(sheet.merges):
            if merge.left not in texts.get(merge.top, ()):
                continue
            rows = numbers[bisect_left(numbers, merge.top) : bisect_left(numbers, merge.bottom + 1)]
            across = columns[bisect_left(columns, merge.left) : bisect_left(columns, merge.right + 1)]
            left -= len(rows) * len(across)
            places = [(row, column) for row in rows for column in across] if left >= 0 else []
            if places and not any(self._hides(place, merge, texts) for place in places):
                self._add(merge, texts[merge.top][merge.left], places)
            else:
                left_out["merged_ranges_overlap"] += 1

    def _hides(self, place: tuple[int, int], merge: Merge, texts: Mapping[int, Mapping[int, str]]) -> bool:
        return place in self.slots or (place[1] in texts[place[0]] and place != merge[:2])

    def _add(self, merge: Merge, text: str, places: Sequence[tuple[int, int]]) -> None:
        self.spans.append(merge)
        for row, column in places:
            self.slots[row, column] = Slot(text, column == merge.left, row == merge.top)

    def grid(self, rows: Sequence[_Row], columns: Sequence[int]) -> Grid:
        """The rows' slots by column."""
        if not self.slots:
            return [[Slot(cells[column]) if column in cells else EMPTY for column in columns] for _, cells in rows]
        return [
            [
                self.slots.get((number, column)) or (Slot(cells[column]) if column in cells else EMPTY)
                for column in columns
            ]
            for number, cells in rows
        ]


def _add_region(
    builder: TextBuilder, sheet: Sheet, rows: Sequence[_Row], covers: _Covers, notes: dict[int, list[SheetNote]]
) -> None:
    """Append one table; rows too sparse for one are appended as they are, each with its filled cells."""
    columns = sorted({column for _, cells in rows for column in cells})
    numbers, name = ([number for number, _ in rows], sheet.name) if sheet.is_numbered else (None, "")

    def add_notes(index: int) -> None:
        there = notes.pop(rows[index][0], [])
        _add_notes(builder, name, (note for note in there if columns[0] <= note.column <= columns[-1]))
        if others := [note for note in there if not columns[0] <= note.column <= columns[-1]]:
            notes[rows[index][0]] = others

    if len(rows) * len(columns) > _MAX_SPARSE * sum(len(cells) for _, cells in rows) + 100:
        for number, cells in rows:
            builder.row((), list(cells.values()), sheet=name, row=number if numbers else None)
    else:
        grid = covers.grid(rows, columns)
        add_table(builder, grid, row_numbers=numbers, sheet=name, after_row=add_notes if notes else None)


def _regions(sheet: Sheet, rows: Sequence[_Row], covers: _Covers, depth: int = 0) -> Iterator[Sequence[_Row]]:
    """The tables among the rows: blank rows part them, and blank columns where both sides read like tables."""
    for band in _bands(sheet, rows, covers):
        edges = _column_edges(sheet, band, covers) if depth < _MAX_DEPTH else []
        if not edges:
            yield band
            continue
        for low, high in pairwise([0, *edges, 1 << 30]):
            part = [
                (number, kept)
                for number, cells in band
                if (kept := {column: text for column, text in cells.items() if low <= column < high})
            ]
            yield from _regions(sheet, part, covers, depth + 1)


def _bands(sheet: Sheet, rows: Sequence[_Row], covers: _Covers) -> Iterator[Sequence[_Row]]:
    """Runs of rows without a blank one between them; hidden rows and rows inside a merged cell are not blank."""
    start, reach, spans = 0, 0, iter([*covers.spans, Merge(1 << 30, 0, 0, 0)])
    span = next(spans)
    for index in range(1, len(rows)):
        number, following = rows[index - 1][0], rows[index][0]
        while span.top <= number:
            reach, span = max(reach, span.bottom), next(spans)
        if _between(sheet.hidden_rows, max(number, min(reach, following - 1)), following):
            yield rows[start:index]
            start = index
    if rows:
        yield rows[start:]


def _between(hidden: Sequence[int], first: int, second: int) -> bool:
    """True if anything that is not hidden lies between the two."""
    return second - first - 1 > bisect_left(hidden, second) - bisect_left(hidden, first + 1)


def _column_edges(sheet: Sheet, band: Sequence[_Row], covers: _Covers) -> list[int]:
    """The columns at which another table begins, beside the one before: two or more columns on both sides of a gap that
    no merged cell spans, and names of rows behind it, or the same name of a column."""
    used: dict[int, list[str]] = {}
    for _, cells in band:
        for column, text in cells.items():
            used.setdefault(column, []).append(text)
    columns, edges, first = sorted(used), list[int](), 0
    gaps = [at for at in range(1, len(columns)) if _between(sheet.hidden_columns, columns[at - 1], columns[at])]
    crossed = _crossed(band, columns, covers) if gaps else set()
    for index in gaps:
        texts = used[columns[index]]
        if index - first < 2 or len(columns) - index < 2 or columns[index] in crossed:
            continue
        if texts[0] == used[columns[first]][0] or 2 * sum(text[0].isalpha() for text in texts) > len(texts):
            edges.append(columns[index])
            first = index
    return edges


def _crossed(band: Sequence[_Row], columns: Sequence[int], covers: _Covers) -> set[int]:
    """The columns into which a merged cell reaches that is not alone in its row."""
    cells, crossed = dict(band), set[int]()
    start = bisect_left(covers.spans, (band[0][0],))
    for merge in covers.spans[start : bisect_left(covers.spans, (band[-1][0] + 1,))]:
        if len(cells.get(merge.top, ())) > 1 and merge.left in cells[merge.top]:
            crossed.update(columns[bisect_left(columns, merge.left + 1) : bisect_left(columns, merge.right + 2)])
    return crossed
