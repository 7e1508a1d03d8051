"""Tables of HTML → rows of ``header: cell``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qa.loaders.base import table_row
from qa.loaders.html_rules import INLINE_TAGS, NOT_TEXT_TAGS, is_hidden

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_LAYOUT_CELL_CHARS = 1500
_MAX_SPAN = 100
_NUMBER = re.compile(r"[\d.,%$€£+−-]*\d[\d.,%$€£+−-]*")


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


def table_rows(table: LexborNode) -> tuple[str, list[str]]:
    """The table's caption (may be empty) and one text for each row of its body.

    The header is the rows of ``<th>`` cells or of ``<thead>`` at the top, joined by column; without these the first
    row when all its cells are words. A row's own ``<th>`` at its start names the row when there is no header.
    """
    caption = table.css_first("caption")
    title = inline_text(caption, breaks=" ") if caption is not None else ""
    rows = [row for row in (_row(node) for node in table.css("tr") if _is_shown(node)) if row]
    grid = _spread(rows)
    count = 0
    while count < len(rows) and all(cell.is_header for cell in rows[count]):
        count += 1
    if count == len(rows):
        count = min(count, 1) if len(rows) > 1 else 0
    named = any(row[0].is_header for row in rows[count:])
    if not count and not named and len(rows) > 1 and _is_words(grid[0]):
        count = 1
    header = _join_header(grid[:count])
    texts = [_row_text(header, cells, row) for cells, row in zip(grid[count:], rows[count:], strict=True)]
    return " ".join(title.split()), [text for text in texts if text] or [table_row((), header)]


def _row_text(header: list[str], cells: list[str], row: list[_Cell]) -> str:
    if not header and row[0].is_header and len(cells) > 1:
        name, rest = " ".join(cells[0].split()), table_row((), cells[1:])
        return f"{name}: {rest}" if name and rest else name or rest
    return table_row(header, cells)


class _Cell:
    """A cell as it is written: its text and how many columns and rows it takes."""

    def __init__(self, node: LexborNode, in_head: bool) -> None:
        self.text = inline_text(node, breaks=" ")
        self.is_header = in_head or node.tag == "th"
        self.columns = _span(node, "colspan")
        self.rows = _span(node, "rowspan")


def _span(node: LexborNode, name: str) -> int:
    value = (node.attributes.get(name) or "1").strip()
    return min(int(value), _MAX_SPAN) if value.isdecimal() and value.isascii() and int(value) else 1


def _is_shown(row: LexborNode) -> bool:
    parent = row.parent
    return not is_hidden(row.attributes) and not (parent is not None and is_hidden(parent.attributes))


def _row(row: LexborNode) -> list[_Cell]:
    in_head = row.parent is not None and row.parent.tag == "thead"
    cells, child = [], row.first_child
    while child is not None:
        if child.tag in ("td", "th") and not is_hidden(child.attributes):
            cells.append(_Cell(child, in_head))
        child = child.next
    return cells


def _spread(rows: list[list[_Cell]]) -> list[list[str]]:
    """The rows as a grid: a cell over several rows stands in each; over several columns in each of a header only."""
    grid, carried = [], dict[int, tuple[int, str]]()  # column → rows still to fill, text
    for row in rows:
        line: list[str] = []
        for cell in row:
            _fill_carried(line, carried)
            for index in range(cell.columns):
                text = cell.text if index == 0 or cell.is_header else ""
                if cell.rows > 1:
                    carried[len(line)] = (cell.rows - 1, text)
                line.append(text)
        _fill_carried(line, carried)
        grid.append(line)
    return grid


def _fill_carried(line: list[str], carried: dict[int, tuple[int, str]]) -> None:
    while len(line) in carried:
        left, text = carried.pop(len(line))
        if left > 1:
            carried[len(line)] = (left - 1, text)
        line.append(text)


def _join_header(rows: list[list[str]]) -> list[str]:
    width = max((len(row) for row in rows), default=0)
    columns = []
    for index in range(width):
        names = [row[index] for row in rows if index < len(row) and row[index]]
        columns.append(" ".join(dict.fromkeys(names)))
    return columns


def _is_words(cells: list[str]) -> bool:
    """True for a first row that reads like a header: all cells filled, different, and none a number."""
    filled = [cell.strip() for cell in cells]
    return len(set(filled)) == len(filled) and all(cell and not _NUMBER.fullmatch(cell) for cell in filled)


def inline_text(node: LexborNode, *, breaks: str) -> str:
    """All shown text below ``node``; ``breaks`` stands for ``<br>`` and at the borders of block elements."""
    parts: list[str] = []
    stack: list[LexborNode | str] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            parts.append(item)
        elif item.is_text_node:
            parts.append(item.text_content or "")
        elif item.is_element_node:
            tag, attributes = item.tag or "", item.attributes
            if tag in NOT_TEXT_TAGS or (attributes and is_hidden(attributes)):
                continue
            if tag == "br":
                parts.append(breaks)
            elif tag == "img":
                parts.append(attributes.get("alt") or "")
            elif tag not in INLINE_TAGS and item is not node:
                parts.append(breaks)
                stack.append(breaks)
            child = item.last_child
            while child is not None:
                stack.append(child)
                child = child.prev
    return "".join(parts)
