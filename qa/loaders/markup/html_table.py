"""Tables of HTML → grids of cells."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from qa.loaders.base import one_line
from qa.loaders.markup.html_rules import INLINE_TAGS, NOT_TEXT_TAGS, is_hidden
from qa.loaders.tables import Grid, GridCell, spread

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_LAYOUT_CELL_CHARS = 1500
_SPAN = re.compile("[0-9]{1,6}")


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


def table_grid(table: LexborNode) -> tuple[str, Grid]:
    """The table's caption (may be empty) and its cells."""
    rows = [_row(node) for node in table.css("tr") if _is_shown(node)]
    return _caption(table), spread([row for row in rows if row])


def _caption(table: LexborNode) -> str:
    node = table.css_first("caption")
    return one_line(inline_text(node, breaks=" ")) if node is not None else ""


def _is_shown(row: LexborNode) -> bool:
    parent = row.parent
    return not is_hidden(row.attributes) and not (parent is not None and is_hidden(parent.attributes))


def _row(row: LexborNode) -> list[GridCell]:
    in_head = row.parent is not None and row.parent.tag == "thead"
    cells = (child for child in row.iter() if child.tag in ("td", "th") and not is_hidden(child.attributes))
    return [
        GridCell(
            one_line(inline_text(cell, breaks=" ")),
            _span(cell, "colspan"),
            _span(cell, "rowspan"),
            in_head or cell.tag == "th",
        )
        for cell in cells
    ]


def _span(node: LexborNode, name: str) -> int:
    value = (node.attributes.get(name) or "1").strip()
    return max(1, int(value)) if _SPAN.fullmatch(value) else 1


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
