"""Turns the nodes that the extraction library finds in a file into blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from itertools import chain, repeat
from typing import Any

from qa.loaders.base import TextBuilder, one_line
from qa.loaders.office.sheet import LeftOut, Sheet, add_sheet
from qa.loaders.tables import EMPTY, MAX_SPAN, Grid, Slot, add_table

_NOTE_MARK = re.compile(r"\[\^([^\]\s]{1,10})\]")
"""How xberg writes a reference to a note."""
_NOTE = re.compile(rf"{_NOTE_MARK.pattern}: (.++)", re.DOTALL)
_NAMED_SLIDE = re.compile(r"\w++(?: \d++|(?<=\w\d))")
_SHORT_VALUE_CHARS = 200
Node = Mapping[str, Any]
"""A node as JSON values: ``node_type`` and what belongs to it, ``layer``, and of a list item ``depth``, ``list`` (the
outermost one) and ``is_ordered``."""


def add_nodes(builder: TextBuilder, nodes: Iterable[Node]) -> None:
    """Append the nodes as blocks, notes after the text that refers to them; headers and footers last, each once, not
    indexed."""
    furniture: dict[str, None] = {}
    lists: dict[int, int] = {}
    notes: list[str] = []
    for node in nodes:
        if node["layer"] in ("header", "footer"):
            furniture.setdefault(_text(node))
        elif node["layer"] == "footnote":
            notes.append(_text(node))
        elif node["node_type"] == "list_item":
            if node["list"] not in lists:
                lists[node["list"]] = builder.new_group()
            builder.block("list_item", _text(node), level=max(int(node["depth"]), 1), group=lists[node["list"]])
        elif node["node_type"] in _ADDERS:
            marks = _NOTE_MARK.findall(_text(node)) if notes else []
            _ADDERS[node["node_type"]](
                builder, {**node, "text": _NOTE_MARK.sub(r"[\1]", _text(node))} if marks else node
            )
            _add_notes(builder, notes, marks)
            notes = []
    _add_notes(builder, notes, [])
    for text in furniture:
        builder.block("furniture", text, indexed=False)


def _add_notes(builder: TextBuilder, notes: Iterable[str], marks: Iterable[str]) -> None:
    for text, mark in zip(notes, chain(marks, repeat("")), strict=False):
        builder.block("note", f"{mark} {text}".strip(), number=mark)


def add_elements(builder: TextBuilder, nodes: Iterable[Node]) -> None:
    """Append the nodes of an XML file of any kind, whose headings are names of elements.

    Short values side by side become one row, ``name: value; name: value``; longer ones paragraphs.
    """
    name, level = "", 0
    names: list[str] = []
    values: list[str] = []
    for node in nodes:
        text = one_line(_text(node))
        if node["node_type"] == "heading":
            if int(node["level"]) < level:
                builder.row(names, values)
                names, values = [], []
            name, level = text, int(node["level"])
        elif len(text) > _SHORT_VALUE_CHARS:
            builder.row(names, values)
            names, values = [], []
            builder.block("paragraph", _text(node))
        elif text:
            names.append(name)
            values.append(text)
    builder.row(names, values)


def _text(node: Node) -> str:
    return str(node.get("text") or "").strip()


def _add_heading(builder: TextBuilder, node: Node) -> None:
    builder.block("heading", one_line(_text(node)), level=min(max(int(node.get("level", 1)), 1), 6))


def _add_slide(builder: TextBuilder, node: Node) -> None:
    title = one_line(str(node.get("title") or ""))
    named = title and not _NAMED_SLIDE.fullmatch(title)
    builder.block("heading", title if named else f"Slide {node['number']}", level=2)


def _add_note(builder: TextBuilder, node: Node) -> None:
    builder.block("note", str(node.get("text") or ""))


def _add_as_it_is(builder: TextBuilder, node: Node) -> None:
    builder.block(node["node_type"], str(node.get("text") or ""))


def _add_definition(builder: TextBuilder, node: Node) -> None:
    builder.block("paragraph", f"{node.get('term', '')}: {node.get('definition', '')}")


def _add_raw(builder: TextBuilder, node: Node) -> None:
    if "notes" in str(node.get("format")):  # what the speaker says
        builder.block("note", str(node.get("content") or ""))


def add_sheets(builder: TextBuilder, nodes: Iterable[Node]) -> None:
    """Append the nodes of a workbook. Its rows have the numbers that they have in their tables: on which row
    of its sheet a table begins is not known."""
    name = ""
    for node in nodes:
        if node["node_type"] == "heading":
            name = one_line(_text(node))
        elif node["node_type"] == "table":
            rows = [
                (number, {column: slot.text for column, slot in enumerate(row, 1) if slot.text.strip()})
                for number, row in enumerate(_grid(node["grid"]), 1)
            ]
            add_sheet(builder, Sheet(name, [row for row in rows if row[1]], is_numbered=False), LeftOut())
            name = ""
        elif node["node_type"] in _ADDERS:
            _ADDERS[node["node_type"]](builder, node)


def _add_table(builder: TextBuilder, node: Node) -> None:
    add_table(builder, _grid(node["grid"]))


def _grid(table: Mapping[str, Any]) -> Grid:
    """The slots by row and column; a cell that spans rows or columns is in each, within limits."""
    grid: Grid = []
    left = 10 * len(table["cells"]) + 1000
    for cell in table["cells"]:
        rows, columns = (min(max(int(cell.get(span) or 1), 1), MAX_SPAN) for span in ("row_span", "col_span"))
        left -= rows * columns
        for row in range(rows if left > 0 else 1):
            for column in range(columns if left > 0 else 1):
                _put(
                    grid,
                    int(cell["row"]) + row,
                    int(cell["col"]) + column,
                    Slot(str(cell["content"]), not column, not row),
                )
    return grid


def _put(grid: Grid, row: int, column: int, slot: Slot) -> None:
    while len(grid) <= row:
        grid.append([])
    grid[row].extend([EMPTY] * (column + 1 - len(grid[row])))
    if not grid[row][column].text:
        grid[row][column] = slot


def _add_paragraph(builder: TextBuilder, node: Node) -> None:
    if note := _NOTE.match(_text(node)):
        _add_notes(builder, [note[2]], [note[1]])
        return
    builder.block("paragraph", _text(node) or str(node.get("title") or ""))


_ADDERS: Mapping[str, Callable[[TextBuilder, Node], None]] = {
    "title": _add_heading,
    "heading": _add_heading,
    "slide": _add_slide,
    "table": _add_table,
    "definition_item": _add_definition,
    "code": _add_as_it_is,
    "quote": _add_as_it_is,
    "footnote": _add_note,
    "raw_block": _add_raw,
    "paragraph": _add_paragraph,
    "formula": _add_paragraph,
    "admonition": _add_paragraph,
    "citation": _add_paragraph,
}
