"""Tables of Word files as grids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from qa.loaders.office.docx_xml import W, children, is_deleted, is_on, number
from qa.loaders.tables import EMPTY, MAX_SPAN, Grid, Slot

_MAX_REPEATED = 10
"""A grid has at most so many times more positions than its table has cells; then cells take one column each."""


class TableCell(NamedTuple):
    """A ``w:tc``."""

    element: Any
    columns: int
    merged: bool
    """True for a cell that is merged with others above or below it."""
    starts: bool
    """False for one that goes on with the cell above it."""


class TableRow(NamedTuple):
    """A ``w:tr`` that is shown."""

    skipped: int
    """Columns of the grid left of its first cell."""
    cells: list[TableCell]
    is_header: bool
    """True when Word repeats it at the top of each page."""


def read_rows(table: Any) -> list[TableRow]:
    """The rows of a ``w:tbl`` that have cells, without those that are deleted or hidden."""
    return [row for row in map(_row, _shown_rows(table)) if row.cells]


def header_rows(rows: Sequence[TableRow]) -> int | None:
    """The number of rows at the top that Word repeats on each page; None where it repeats none, or all."""
    count = sum(1 for _ in takewhile(lambda row: row.is_header, rows))
    return count if 0 < count < len(rows) else None


def as_grid(rows: Sequence[TableRow], text: Callable[[int, Any], str]) -> Grid:
    """The grid of these rows. ``text`` reads a cell of the row with that index; it is asked in reading order, and not
    for cells that go on with the one above."""
    grid, above = Grid(), dict[int, Slot]()
    left = _MAX_REPEATED * (sum(len(row.cells) for row in rows) + 100)
    for index, row in enumerate(rows):
        line = [EMPTY] * min(row.skipped, max(left, 0))
        merged: dict[int, Slot] = {}
        for cell in row.cells:
            column = len(line)
            slot = above.get(column) if cell.merged and not cell.starts else None
            slot = slot._replace(is_top=False) if slot else Slot(text(index, cell.element))
            if cell.merged:
                merged[column] = slot
            line.append(slot)
            line += [slot._replace(is_first=False)] * (min(cell.columns, max(left - len(line), 1)) - 1)
        left -= len(line)
        grid.append(line)
        above = merged
    return grid


def _shown_rows(table: Any) -> Iterator[Any]:
    for row in children(table):
        properties = row.find(W + "trPr")
        if row.tag == W + "tr" and not is_deleted(properties) and not is_on(properties, "hidden"):
            yield row


def _row(row: Any) -> TableRow:
    properties = row.find(W + "trPr")
    cells = [_cell(cell) for cell in children(row) if cell.tag == W + "tc"]
    skipped = min(number(properties, "gridBefore") or 0, MAX_SPAN)
    return TableRow(skipped, cells, is_on(properties, "tblHeader") or False)


def _cell(cell: Any) -> TableCell:
    properties = cell.find(W + "tcPr")
    merge = None if properties is None else properties.find(W + "vMerge")
    columns = min(max(number(properties, "gridSpan") or 1, 1), MAX_SPAN)
    return TableCell(cell, columns, merge is not None, merge is None or merge.get(W + "val") == "restart")
