"""Tables of HTML → rows of ``header: cell``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from qa.loaders.base import one_line
from qa.loaders.markup.html_rules import INLINE_TAGS, NOT_TEXT_TAGS, is_hidden

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_LAYOUT_CELL_CHARS = 1500
_MAX_SPAN = 100
_MAX_REPEATED = 10
"""Cells that span rows or columns are repeated until a table's grid has so many times more positions than cells."""
_SPAN = re.compile("[0-9]{1,6}")
_NUMBER = re.compile(r"[.,%$€£()+−–-]*+\d[\d.,%$€£()+−–-]*+")
_PREFIX = re.compile(r"[$€£¥(]{1,2}")
_SUFFIX = re.compile(r"[)%]{1,2}")


def is_data_table(table: LexborNode) -> bool:
    """False for a table that only arranges a page: its cells hold tables, headings, or very long texts."""
    if (table.attributes.get("role") or "") in ("presentation", "none"):
        return False
    if len(table.css("table")) > 1 or table.css_first("h1, h2, h3, h4, h5, h6, ul ul, pre") is not None:
        return False
    if table.css_first("th") is not None:
        return True
    cells = table.css("td")
    return len(cells) > 1 and all(len(cell.text()) <= _LAYOUT_CELL_CHARS for cell in cells)


def table_rows(table: LexborNode) -> tuple[str, list[Row]]:
    """The table's caption (may be empty) and the rows of its body.

    The header is the rows of ``<th>`` cells or of ``<thead>`` at the top, joined by column; without these the first
    row when it reads like one. A row's own ``<th>`` at its start names the row when there is no header.
    """
    rows = [row for row in (_row(node) for node in table.css("tr") if _is_shown(node)) if row]
    grid = _spread(rows)
    count = _header_rows(rows)
    named = any(row[0].is_header for row in rows[count:])
    if not count and not named and _reads_like_header(grid):
        count = 1
    header = _join_header(grid[:count])
    body = [_named_row(cells) if named and not header else (header, _values(cells)) for cells in grid[count:]]
    return _caption(table), [row for row in body if any(row[1])] or [((), header)]


def _caption(table: LexborNode) -> str:
    node = table.css_first("caption")
    return one_line(inline_text(node, breaks=" ")) if node is not None else ""


def _header_rows(rows: list[list[_Cell]]) -> int:
    """The number of rows at the top that are all header; of a table of nothing else, the first."""
    count = next((at for at, row in enumerate(rows) if not all(cell.is_header for cell in row)), len(rows))
    return count if count < len(rows) else int(count > 1)


def _named_row(cells: list[_Slot]) -> Row:
    """A row whose first cell names what follows."""
    name, *rest = _values(cells)
    said = [value for value in rest if value]
    return ([name], said) if said else ((), [name])


def _values(cells: list[_Slot]) -> list[str]:
    return _joined([slot.text if slot.is_first else "" for slot in cells])


def _joined(values: list[str]) -> list[str]:
    """Values, with currency, bracket and per cent signs from cells of their own joined to their numbers."""
    before = ""
    for index, value in enumerate(values):
        if value and _PREFIX.fullmatch(value):
            before, values[index] = before + value, ""
        elif value and before:
            values[index], before = before + value, ""
    if before:
        values[-1] = before
    last = None
    for index, value in enumerate(values):
        if value and last is not None and _SUFFIX.fullmatch(value):
            values[last], values[index] = values[last] + value, ""
        elif value:
            last = index
    return values


Row = tuple[Sequence[str], Sequence[str]]
"""Names of the columns (may be fewer), and the row's values."""


class _Cell:
    """A cell as it is written: its text and how many columns and rows it takes."""

    def __init__(self, node: LexborNode, in_head: bool) -> None:
        self.text = one_line(inline_text(node, breaks=" "))
        self.is_header = in_head or node.tag == "th"
        self.columns = _span(node, "colspan")
        self.rows = _span(node, "rowspan")


class _Slot(NamedTuple):
    """One position of the grid: the text of the cell that covers it, and whether it is the cell's first column."""

    text: str
    is_first: bool


def _span(node: LexborNode, name: str) -> int:
    value = (node.attributes.get(name) or "1").strip()
    return max(1, min(int(value), _MAX_SPAN)) if _SPAN.fullmatch(value) else 1


def _is_shown(row: LexborNode) -> bool:
    parent = row.parent
    return not is_hidden(row.attributes) and not (parent is not None and is_hidden(parent.attributes))


def _row(row: LexborNode) -> list[_Cell]:
    in_head = row.parent is not None and row.parent.tag == "thead"
    return [
        _Cell(child, in_head) for child in row.iter() if child.tag in ("td", "th") and not is_hidden(child.attributes)
    ]


def _spread(rows: list[list[_Cell]]) -> list[list[_Slot]]:
    """The rows as a grid; a cell that spans rows or columns is repeated in each, within ``_MAX_REPEATED``."""
    grid, carried = [], dict[int, tuple[int, _Slot]]()  # column → rows still to fill, what with
    left = _MAX_REPEATED * (sum(map(len, rows)) + _MAX_SPAN)
    for row in rows:
        line: list[_Slot] = []
        repeats = left > 0
        for cell in row:
            _fill_carried(line, carried)
            for index in range(cell.columns if repeats else 1):
                slot = _Slot(cell.text, index == 0)
                if cell.rows > 1 and repeats:
                    carried[len(line)] = (cell.rows - 1, slot)
                line.append(slot)
        _fill_carried(line, carried)
        left -= len(line)
        grid.append(line)
    return grid


def _fill_carried(line: list[_Slot], carried: dict[int, tuple[int, _Slot]]) -> None:
    while len(line) in carried:
        left, slot = carried.pop(len(line))
        if left > 1:
            carried[len(line)] = (left - 1, slot)
        line.append(slot)


def _join_header(rows: list[list[_Slot]]) -> list[str]:
    width = max((len(row) for row in rows), default=0)
    columns = []
    for index in range(width):
        names = [row[index].text for row in rows if index < len(row) and row[index].text]
        columns.append(" ".join(dict.fromkeys(names)))
    return columns


def _reads_like_header(grid: list[list[_Slot]]) -> bool:
    """True for a first row of different words over numbers, or an empty corner with anything beside it."""
    first = [slot.text for slot in grid[0] if slot.is_first] if len(grid) > 1 else []
    names = [text for text in first if text]
    if len(first) < 2 or len(set(names)) != len(names) or max(map(len, names), default=101) > 100:
        return False
    if not first[0]:
        return len(names) > 1 or len(grid) > 2
    if len(names) < 2 or any(map(_NUMBER.fullmatch, names)):
        return False
    return len(names) > 2 or _has_numbers(grid[1:])


def _has_numbers(grid: list[list[_Slot]]) -> bool:
    """True if any column but the first holds a number."""
    return any(_NUMBER.fullmatch(slot.text) for row in grid for slot in row[1:])


def inline_text(node: LexborNode, *, breaks: str) -> str:
    """All shown text below ``node``; ``breaks`` is put in for ``<br>`` and at the borders of block elements."""
    parts: list[str] = []
    stack: list[LexborNode | str] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            parts.append(item)
        elif item.is_text_node:
            parts.append(item.text_content or "")
        elif item.is_element_node and item.tag not in NOT_TEXT_TAGS and not is_hidden(item.attributes):
            before, after = _around(item, breaks) if item is not node else ("", "")
            parts.append(before)
            stack.append(after)
            stack.extend(reversed(list(item.iter(include_text=True))))
    return "".join(parts)


def _around(element: LexborNode, breaks: str) -> tuple[str, str]:
    """The text that an element adds before and after its own."""
    if element.tag == "br":
        return breaks, ""
    if element.tag == "img":
        return element.attributes.get("alt") or "", ""
    return ("", "") if element.tag in INLINE_TAGS else (breaks, breaks)
