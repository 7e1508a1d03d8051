"""Turns the elements of a WordprocessingML body, in reading order, into blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import nsmap

from qa.loaders.base import TextBuilder, one_line
from qa.loaders.office.docx_styles import Style, block_kind, is_hidden, style_id

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_W = f"{{{nsmap['w']}}}"

_DELETED = {_W + name for name in ("del", "moveFrom", "delText", "instrText", "pPr", "rPr", "rt", "annotationRef")}
"""Deleted or moved away, field codes, properties, pronunciation above the line: not the document's text."""
_CHARACTERS = {_W + "tab": "\t", _W + "cr": "\n", _W + "noBreakHyphen": "-", _W + "ptab": "\t"}
_NOTE_MARKS = {_W + "footnoteReference": "footnote", _W + "endnoteReference": "endnote"}


@dataclass(slots=True)
class _Inline:
    """The content of one paragraph: its words, and the text boxes and notes that come after it."""

    words: list[str] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


class Walker:
    """Appends the blocks of WordprocessingML elements to a ``TextBuilder``.

    ``notes`` finds a footnote's or endnote's element by ("footnote" or "endnote", id).
    """

    def __init__(self, styles: Mapping[str, Style], notes: Mapping[tuple[str, str], Any]) -> None:
        self.builder = TextBuilder()
        self.title: str | None = None
        """The first paragraph in the style "Title"."""
        self.first_heading: str | None = None
        self.lost_symbols = 0
        """Characters of symbol fonts, which have no Unicode value."""
        self.embedded = 0
        """Embedded whole files (``w:altChunk``), which are not read."""
        self._styles = styles
        self._notes = dict(notes)

    def blocks(self, container: Any) -> None:
        """Append the paragraphs and tables of ``container``."""
        for element in self._children(container):
            if element.tag == _W + "p":
                self._paragraph(element)
            elif element.tag == _W + "tbl":
                self._table(element)
            elif element.tag == _W + "altChunk":
                self.embedded += 1

    def words(self, container: Any) -> str:
        """All words of ``container``, paragraphs on lines of their own; for headers and footers."""
        lines = (self._inline(element) for element in container.iter(_W + "p") if not _inside_deleted(element))
        return "\n".join(filter(None, ("".join(inline.words).strip() for inline in lines)))

    def _children(self, container: Any) -> Iterator[Any]:
        """Children of ``container``, wrappers opened and what is deleted left out."""
        for child in container.iterchildren("*"):
            if child.tag in _DELETED:
                continue
            if child.tag == _W + "sdt":
                content = child.find(_W + "sdtContent")
                yield from () if content is None else self._children(content)
            elif child.tag == _MC + "AlternateContent":
                yield from self._children(_alternative(child))
            elif child.tag in (_W + "ins", _W + "moveTo", _W + "customXml", _W + "smartTag"):
                yield from self._children(child)
            else:
                yield child

    def _paragraph(self, element: Any) -> None:
        properties = element.find(_W + "pPr")
        style = self._styles.get(style_id(properties, "w:pStyle"), Style())
        inline = self._inline(element)
        text = "".join(inline.words).strip()
        kind, level = block_kind(properties, style)
        if kind == "heading":
            text = one_line(text)
            self.first_heading = self.first_heading or text or None
            if style.name == "title":
                self.title = self.title or text or None
        self.builder.block(kind, text, level=level)
        self._append_hanging(inline)

    def _append_hanging(self, inline: _Inline) -> None:
        """Text boxes as blocks of their own, then the notes that the paragraph refers to."""
        for box in inline.boxes:
            self.blocks(box)
        for key in inline.notes:
            element = self._notes.pop(key, None)
            if element is not None:
                self._note(element)

    def _note(self, element: Any) -> None:
        inlines = [self._inline(paragraph) for paragraph in element.iter(_W + "p")]
        self.builder.block("note", "\n".join("".join(inline.words).strip() for inline in inlines))

    def _inline(self, paragraph: Any) -> _Inline:
        inline = _Inline()
        properties = paragraph.find(_W + "pPr")
        hidden = self._styles.get(style_id(properties, "w:pStyle"), Style()).hidden or False
        self._collect(paragraph, inline, hidden)
        return inline

    def _collect(self, element: Any, inline: _Inline, hidden: bool) -> None:
        for child in self._children(element):
            tag = child.tag
            if tag == _W + "r":
                self._collect(child, inline, self._run_hidden(child, hidden))
            elif tag in (_W + "drawing", _W + "pict", _W + "object"):
                inline.boxes.extend([] if hidden else _text_boxes(child))
            elif hidden:
                continue
            elif tag in (_W + "t", _MATH + "t"):
                inline.words.append(child.text or "")
            elif tag == _W + "br":
                inline.words.append(" " if child.get(_W + "type") in ("page", "column") else "\n")
            elif tag in _CHARACTERS:
                inline.words.append(_CHARACTERS[tag])
            elif tag == _W + "sym":
                self._symbol(child, inline)
            elif tag in _NOTE_MARKS:
                inline.notes.append((_NOTE_MARKS[tag], child.get(_W + "id") or ""))
            else:
                self._collect(child, inline, hidden)

    def _run_hidden(self, run: Any, inherited: bool) -> bool:
        properties = run.find(_W + "rPr")
        own = is_hidden(properties)
        if own is None:
            own = self._styles.get(style_id(properties, "w:rStyle"), Style()).hidden
        return inherited if own is None else own

    def _symbol(self, element: Any, inline: _Inline) -> None:
        code = int(element.get(_W + "char") or "f000", 16)
        if 0xE000 <= code < 0xF900 or not 0x20 <= code < 0xD800:
            self.lost_symbols += 1
            inline.words.append("\ufffd")
        else:
            inline.words.append(chr(code))

    def _table(self, table: Any) -> None:
        rows = [row for row in map(self._cells, self._rows(table)) if row]
        columns = max((len(row) for row in rows), default=0)
        if columns == 1 or len(rows) == 1:  # a frame around text, not a table of values
            for cell in (cell for row in rows for cell in row if cell is not None):
                self.blocks(cell)
            return
        header: Sequence[str] = ()
        for row in rows:
            header = self._row(row, header)

    def _row(self, row: Sequence[Any], header: Sequence[str]) -> Sequence[str]:
        """Append a row, then the tables, text boxes and notes in its cells; return the header for the next row."""
        hanging = _Inline()
        values = ["" if cell is None else self._cell_text(cell, hanging) for cell in row]
        self.builder.row(header, values)
        for cell in row:
            for inner in () if cell is None else cell.iterchildren(_W + "tbl"):
                self._table(inner)
        self._append_hanging(hanging)
        return header or values

    def _rows(self, table: Any) -> Iterator[Any]:
        for row in self._children(table):
            properties = row.find(_W + "trPr")
            gone = properties is not None and any(
                properties.find(_W + name) is not None for name in ("del", "hidden", "moveFrom")
            )
            if row.tag == _W + "tr" and not gone:
                yield row

    def _cells(self, row: Any) -> list[Any]:
        """The row's cells by grid column; None where a merged cell continues or the row starts later."""
        cells: list[Any] = [None] * _number(row.find(_W + "trPr"), "gridBefore", 0)
        for cell in self._children(row):
            if cell.tag != _W + "tc":
                continue
            properties = cell.find(_W + "tcPr")
            merge = None if properties is None else properties.find(_W + "vMerge")
            continues = merge is not None and merge.get(_W + "val") != "restart"
            cells.append(None if continues else cell)
            cells.extend([None] * (_number(properties, "gridSpan", 1) - 1))
        return cells

    def _cell_text(self, cell: Any, hanging: _Inline) -> str:
        texts = []
        for element in self._children(cell):
            if element.tag == _W + "p":
                inline = self._inline(element)
                texts.append("".join(inline.words))
                hanging.boxes.extend(inline.boxes)
                hanging.notes.extend(inline.notes)
        return " ".join(texts)


def _number(properties: Any, name: str, default: int) -> int:
    element = None if properties is None else properties.find(_W + name)
    value = "" if element is None else element.get(_W + "val") or ""
    return min(int(value), 1000) if value.isdigit() else default


def _alternative(element: Any) -> Any:
    """The first choice of an ``mc:AlternateContent``; the fallback repeats it for old programs."""
    choice = element.find(_MC + "Choice")
    return element if choice is None else choice


def _text_boxes(element: Any) -> Iterator[Any]:
    """The outermost text boxes inside ``element``, each once."""
    for child in element.iterchildren("*"):
        if child.tag == _W + "txbxContent":
            yield child
        elif child.tag != _MC + "Fallback":
            yield from _text_boxes(child)


def _inside_deleted(element: Any) -> bool:
    return any(ancestor.tag in _DELETED or ancestor.tag == _MC + "Fallback" for ancestor in element.iterancestors())
