"""Turns the nodes that the extraction library finds in a file into blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from qa.loaders.base import TextBuilder, one_line

_NUMBER = re.compile(r"[-+(]?[.,\s]*+\d[\d.,\s]*+\)?\s*+[%€$£]?")
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


def _add_table(builder: TextBuilder, node: Node) -> None:
    """Append a table's rows; blank rows split it into tables, each with its own header."""
    rows = _rows(node["grid"])
    if max((len(row) for row in rows), default=0) == 1 or len(rows) == 1:
        for cell in (cell for row in rows for cell in row):
            builder.block("paragraph", cell)
        return
    region: list[list[str]] = []
    for row in [*rows, []]:
        if any(cell.strip() for cell in row):
            region.append(row)
        elif region:
            _add_region(builder, region)
            region = []


def _rows(grid: Mapping[str, Any]) -> list[list[str]]:
    """The cells' texts by row and column; a merged cell's text is in its first cell only."""
    rows: list[list[str]] = []
    for cell in grid["cells"]:
        row, column = int(cell["row"]), int(cell["col"])
        while len(rows) <= row:
            rows.append([])
        rows[row].extend([""] * (column + 1 - len(rows[row])))
        rows[row][column] = str(cell["content"])
    return rows


def _add_region(builder: TextBuilder, rows: Sequence[Sequence[str]]) -> None:
    """Rows without a blank one between them: titles of one cell, a header, and rows under it."""
    header: Sequence[str] = ()
    for index, row in enumerate(rows):
        builder.row(header, row)
        if not header and index + 1 < len(rows) and _is_header(row, rows[index + 1]):
            header = row


def _is_header(row: Sequence[str], following: Sequence[str]) -> bool:
    filled = [cell for cell in row if cell.strip()]
    names = [cell for cell in filled if not _NUMBER.fullmatch(cell.strip())]
    if len(filled) < 2 and sum(bool(cell.strip()) for cell in following) > 1:
        return False  # a title over the table
    return 2 * len(names) > len(filled)


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
