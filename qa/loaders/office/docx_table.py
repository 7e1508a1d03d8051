"""Tables of Word files as grids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any, NamedTuple

from qa.loaders.office.docx_styles import Style
from qa.loaders.office.docx_xml import W, children, is_deleted, is_on, number, style_id
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


def header_rows(table: Any, rows: Sequence[TableRow], styles: Mapping[str, Style]) -> int | None:
    """The number of rows at the top that Word repeats on each page, or that alone are bold; None where that tells
    nothing."""
    repeated = sum(1 for _ in takewhile(lambda row: row.is_header, rows))
    count = repeated or sum(1 for _ in takewhile(lambda row: _is_bold(row, styles), rows))
    if not count and (style := styles.get(style_id(table.find(W + "tblPr"), "tblStyle"))) and style.bold_first_row:
        count = int(_formats_first_row(table))
    return count if 0 < count < len(rows) else None


def _is_bold(row: TableRow, styles: Mapping[str, Style]) -> bool:
    """True if all words of the row are bold."""
    bold = None
    for cell in row.cells:
        for paragraph in cell.element.iter(W + "p"):
            style = styles.get(style_id(paragraph.find(W + "pPr"), "pStyle"), styles[""])
            for run in paragraph.iterchildren(W + "r"):
                if any((text.text or "").strip() for text in run.iterchildren(W + "t")):
                    own = is_on(run.find(W + "rPr"), "b")
                    bold = style.bold if own is None else own
                    if not bold:
                        return False
    return bool(bold)


def _formats_first_row(table: Any) -> bool:
    """True if a table lets its style format its first row."""
    look = table.find(f"{W}tblPr/{W}tblLook")
    if look is None:
        return False
    said, bits = look.get(W + "firstRow"), look.get(W + "val") or ""
    return said in ("1", "true", "on") if said else bits[-2:-1] in tuple("2367ABEFabef")


def as_grid(rows: Sequence[TableRow], text: Callable[[int, Any], str]) -> Grid:
    """The grid of these rows. ``text`` reads a cell of the row with that index; it is asked in reading order, and not
    for cells that go on with the one above. A row of nothing else is empty."""
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
        grid.append(line if any(slot.is_top and slot.text for slot in line) else [])
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
